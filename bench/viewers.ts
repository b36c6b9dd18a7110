import { loadavg } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MACHINE, machineText } from "./machine.js";
import { Served } from "./viewers/served.js";
import { askOf, Viewer } from "./viewers/viewer.js";

const USAGE = `usage: npm run bench -- viewers [--json] [--viewers N] [--workspaces N] [--rounds N] [--seconds N] [--poll MS]

Live events of one service, in a process of its own, to many viewers: for how long its event loop did not come
round (goal: never over 50 ms) and how much of that was work of its own, how long /health took (goal: 100 ms on
an idle machine), and what a viewer was sent a minute, compressed, when every workspace changes with every poll
(goal: 100 kB). A quarter of the viewers looks at the whole site, a quarter is signed in, half search.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    viewers: { type: "string", default: "2000" },
    workspaces: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "30" },
    poll: { type: "string", default: "10000" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const PER_ADDRESS = 40;
const OPENED_AT_ONCE = 50;

interface Round {
  readonly polls: number;
  readonly longestBlockMs: number;
  readonly longestWorkMs: number;
  readonly healthMs: { readonly median: number; readonly longest: number };
  readonly kbAMinute: { readonly mean: number; readonly most: number };
  readonly heapMb: number;
  readonly load: number;
}

const viewerCount = Number(values.viewers);
const served = await Served.start({
  workspaces: Number(values.workspaces),
  pollMs: Number(values.poll),
  ...{ everyMs: 5000, heartbeatMs: 8000, maxPerClient: 50, stalledMs: 60_000 },
});
const begin = performance.now();
const viewers = await open();
const openedInMs = performance.now() - begin;
const opening = await served.ask("measure");
const rounds: Round[] = [];
for (let round = 0; round < Number(values.rounds); round++) rounds.push(await watch());
for (const viewer of viewers) viewer.leave();
served.stop();
report();

async function open(): Promise<Viewer[]> {
  const opened: Viewer[] = [];
  for (let n = 0; n < viewerCount; n += OPENED_AT_ONCE) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, viewerCount - n) }, (_, i) => {
      const { query, user } = askOf(n + i);
      return new Viewer(served.port, n + i, PER_ADDRESS, query, user);
    });
    await Promise.all(some.map(({ answered }) => answered));
    opened.push(...some);
  }
  const refused = opened.filter(({ status }) => status !== 200).length;
  if (refused > 0) throw new Error(`${refused} of ${viewerCount} viewers were refused`);
  return opened;
}

async function watch(): Promise<Round> {
  const before = viewers.map(({ bytes }) => bytes);
  const { polls } = await served.ask("measure");
  const start = performance.now();
  const health: number[] = [];
  while (performance.now() - start < Number(values.seconds) * 1000) {
    health.push(await served.health());
    await setTimeout(200);
  }
  const minutes = (performance.now() - start) / 60_000;
  const after = await served.ask("measure");
  const kb = viewers.map(({ bytes }, n) => (bytes - (before[n] ?? 0)) / 1000 / minutes);
  health.sort((a, b) => a - b);
  return {
    polls: after.polls - polls,
    longestBlockMs: after.longestBlockMs,
    longestWorkMs: after.longestWorkMs,
    healthMs: {
      median: health[health.length >> 1] ?? Number.NaN,
      longest: health.at(-1) ?? Number.NaN,
    },
    kbAMinute: {
      mean: kb.reduce((sum, each) => sum + each, 0) / kb.length,
      most: kb.reduce((a, b) => Math.max(a, b)),
    },
    heapMb: after.heapBytes / 1e6,
    load: loadavg()[0] ?? Number.NaN,
  };
}

function report(): void {
  const { workspaces, seconds } = values;
  if (values.json) {
    const options = { viewers: viewerCount, workspaces: Number(workspaces), seconds: Number(seconds) };
    console.log(JSON.stringify({ machine: MACHINE, ...options, openedInMs, opening, rounds }, null, 2));
    return;
  }
  console.log(`${machineText()}; ${viewerCount} viewers, ${workspaces} workspaces, rounds of ${seconds} s`);
  console.log(
    `opened in ${(openedInMs / 1000).toFixed(1)} s, meanwhile blocked for ${opening.longestBlockMs.toFixed(0)} ms at most, by work of ${opening.longestWorkMs.toFixed(0)} ms`,
  );
  for (const { polls, longestBlockMs, longestWorkMs, healthMs, kbAMinute, heapMb, load } of rounds) {
    console.log(
      [
        `${polls} polls`,
        `blocked ${longestBlockMs.toFixed(0)} ms at most, by work ${longestWorkMs.toFixed(0)}`,
        `/health ${healthMs.median.toFixed(1)} ms, at most ${healthMs.longest.toFixed(0)}`,
        `${kbAMinute.mean.toFixed(0)} kB a viewer and minute, at most ${kbAMinute.most.toFixed(0)}`,
        `heap ${heapMb.toFixed(0)} MB`,
        `load ${load.toFixed(1)}`,
      ].join("; "),
    );
  }
}
