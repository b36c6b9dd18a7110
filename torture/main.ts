import { parseArgs } from "node:util";
import Table from "cli-table3";
import type { TortureOptions, TortureResult } from "./campaign.js";
import { syncBesideFlaps } from "./flapping-sync.js";
import { trackerBesideFlaps } from "./flapping-tracker.js";
import { fullDisks } from "./full-disks.js";
import { hostileReplies } from "./hostile-replies.js";
import { hostileRequests } from "./hostile-requests.js";
import { kills } from "./kills.js";
import { onlyLoopback } from "./only-loopback.js";
import { viewers } from "./viewers.js";

// npm run torture [-- OPTION]...: all campaigns, one after the other, and a table of what they found.

interface Campaign {
  /** How much of it is tried: tries, or seconds of the viewers. */
  readonly short: number;
  readonly long: number;
  readonly run: (options: TortureOptions) => Promise<TortureResult[]>;
}

const CAMPAIGNS: Readonly<Record<string, Campaign>> = {
  kills: {
    ...{ short: 8, long: 1000 },
    // The tests do the same in a folder; a short run does not wait for databases to start.
    run: (options) => kills({ ...options, stores: options.count < 50 ? ["sqlite"] : undefined }),
  },
  disks: { short: 6, long: 200, run: fullDisks },
  flapping: { short: 1, long: 40, run: syncBesideFlaps },
  tracker: { short: 4, long: 400, run: trackerBesideFlaps },
  replies: { short: 5000, long: 1_000_000, run: hostileReplies },
  requests: { short: 2000, long: 100_000, run: hostileRequests },
  viewers: {
    ...{ short: 4, long: 120 },
    run: ({ count, ...options }) => viewers({ ...options, viewers: 30, seconds: count }),
  },
};
const NAMES = Object.keys(CAMPAIGNS);
const USAGE = `usage: npm run torture [-- OPTION]...

Kills commands, fills disks, takes servers away, and sends replies and requests that nobody should. Everything is on
this machine: only addresses of loopback are connected to. Ctrl-C ends it with a table of what was tried until then.
Exit status: 0 if nothing failed, 1 if something did or it was ended, 2 if the command line is wrong.

  --short          under two minutes on two cores, in place of an hour
  --only NAME,...  of ${NAMES.join(", ")}
  --share PERCENT  so much of the long run, from 1
  --seed NUMBER    default: 1. The same seed makes the same tries
  --help`;

const options = commandLine();
onlyLoopback();
const stop = new AbortController();
// The package of the embedded PostgreSQL ends the process at once: its servers are stopped by whoever started them.
process.removeAllListeners("SIGINT");
// Not `once`: tsx ends a process that has no listener left.
process.on("SIGINT", () => {
  if (stop.signal.aborted) process.exit(130);
  console.error("\nEnding. Once more to end at once.");
  stop.abort();
});

const table = new Table({
  head: ["kind", "tried", "failed", "seconds"],
  colAligns: ["left", "right", "right", "right"],
  style: { head: [], border: [], compact: true },
});
const failures: string[] = [];
let hasFailed = false;
for (const name of options.only) {
  const campaign = CAMPAIGNS[name];
  if (campaign === undefined || stop.signal.aborted) continue;
  const { seed, isShort, share } = options;
  const count = isShort ? campaign.short : Math.ceil((campaign.long * share) / 100);
  console.error(`${new Date().toISOString()} ${name}: ${count}${name === "viewers" ? " seconds" : ""}`);
  const begun = performance.now();
  const results = await campaign
    .run({ seed, count, signal: stop.signal })
    .catch((error: unknown) => [brokenOff(name, error)]);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  // Kinds of a campaign go on at the same time, so the time is that of all of them.
  for (const [i, { kind, tried, failed }] of results.entries())
    table.push([kind, tried, failed, i === 0 ? seconds : ""]);
  for (const result of results)
    failures.push(...result.failures.map((failure) => `${result.kind}, seed ${seed}: ${failure}`));
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  hasFailed ||= failed > 0;
  console.error(`${new Date().toISOString()} ${name}: ${failed} failed, ${seconds} s`);
}
console.log(table.toString());
for (const failure of failures.slice(0, 40)) console.log(failure);
process.exit(hasFailed || stop.signal.aborted ? 1 : 0);

function brokenOff(name: string, error: unknown): TortureResult {
  const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: `${name}, broken off`, tried: 1, failed: 1, failures: [failure] };
}

interface CommandLine {
  readonly only: readonly string[];
  readonly isShort: boolean;
  readonly seed: number;
  /** Percent of the long run. */
  readonly share: number;
}

function commandLine(): CommandLine {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      options: { short: flag, help: flag, only: text, seed: text, share: text },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const only = values.only?.split(",") ?? NAMES;
    const unknown = only.find((name) => !Object.hasOwn(CAMPAIGNS, name));
    if (unknown !== undefined) throw new TypeError(`--only ${unknown} is not one of ${NAMES.join(", ")}`);
    return {
      ...{ only, isShort: values.short },
      seed: wholeNumber("--seed", values.seed ?? "1"),
      share: wholeNumber("--share", values.share ?? "100"),
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new TypeError(`${name} ${text} is not a whole number`);
  return value;
}
