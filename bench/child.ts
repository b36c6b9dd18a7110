import { isDeepStrictEqual } from "node:util";
import { COLUMNS, type UsageSeries, type UsageStore } from "ada-carbon";
import type { Contestant, Engine } from "./contestant.ts";
import { batchesOf, nextHour, type Scale } from "./year.ts";

// One contestant in a process of its own, so that its memory is its own. Obeys the parent, one order at a time.

export type Order =
  | { readonly do: "load" }
  | { readonly do: "append"; readonly step: number }
  | { readonly do: "check" }
  | { readonly do: "end" };

/** Said once, at the start. */
export interface Hello {
  readonly what: string;
  /** Why it cannot be measured here. */
  readonly unavailable?: string | undefined;
  /** See {@link Engine}. */
  readonly loads?: number | undefined;
}

export type Answer =
  | Hello
  | { readonly ms: number }
  | { readonly worst: number; readonly ms: number; readonly rows: number }
  | { readonly peakMb: number }
  | { readonly failed: string };

const [, , engineName = "", role = "ours", scaleText = "{}"] = process.argv;
const scale: Scale = JSON.parse(scaleText);
const { engine }: { engine: Engine } = await import(`./engines/${engineName}.ts`);
const unavailable = await engine.unavailable?.();
const contestant = unavailable === undefined ? await engine[role === "bare" ? "bare" : "ours"]() : undefined;
const say = (answer: Answer): void => void process.send?.(answer);
say({ what: contestant?.what ?? engineName, unavailable, loads: engine.loads });

let begun = false;
process.on("message", (order: Order) => {
  void obey(order).then(say, (error: unknown) =>
    say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function obey(order: Order): Promise<Answer> {
  if (contestant === undefined) return { failed: `${engineName} is not available` };
  globalThis.gc?.();
  if (order.do === "load") return { ms: await load(contestant) };
  if (order.do === "append") {
    const batch = nextHour(scale, order.step);
    return { ms: await timed(() => contestant.append(batch)) };
  }
  if (order.do === "check") return check(contestant.store?.());
  if (begun) await contestant.end();
  await contestant.dismiss?.();
  // Once the answer is away nothing keeps the process.
  setImmediate(() => process.disconnect());
  return { peakMb: process.resourceUsage().maxRSS / 1024 };
}

/** Milliseconds in the contestant's own calls; making the rows is not counted. */
async function load(it: Contestant): Promise<number> {
  if (begun) await it.end();
  await it.begin();
  begun = true;
  let ms = 0;
  for (const batch of batchesOf(scale, engine.scopesAtOnce)) ms += await timed(() => it.load(batch));
  return ms + (await timed(() => it.finish()));
}

/**
 * Reads everything, or the engine's share of it, back; the largest relative error of any number, infinite if a
 * row or a word differs.
 */
async function check(store: UsageStore | undefined): Promise<Answer> {
  if (store === undefined) return { failed: "only a store is read back" };
  let worst = 0;
  let ms = 0;
  let rows = 0;
  let index = 0;
  for (const [expected] of batchesOf(scale, 1)) {
    if (expected === undefined || index++ % (engine.readBackOneIn ?? 1) !== 0) continue;
    const interval = { from: expected.hours[0] ?? 0, to: (expected.hours.at(-1) ?? 0) + 1 };
    const begin = performance.now();
    const stored = await store.read(expected.scope, interval);
    ms += performance.now() - begin;
    rows += stored.hours.length;
    worst = Math.max(worst, errorOf(stored, expected));
  }
  return { worst, ms, rows };
}

function errorOf(stored: UsageSeries, expected: UsageSeries): number {
  if (!isDeepStrictEqual(stored.scope, expected.scope) || !sameWords(stored, expected))
    return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (const name of COLUMNS) {
    const [ours, theirs] = [stored[name], expected[name]];
    for (let i = 0; i < theirs.length; i++) {
      const value = theirs[i] ?? Number.NaN;
      const error = Math.abs((ours[i] ?? Number.NaN) - value) / (value || 1);
      if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    }
  }
  return worst;
}

/** Looks closer only where something changes: what a comparison of everything leaves behind is no store's doing. */
function sameWords(stored: UsageSeries, expected: UsageSeries): boolean {
  if (stored.hours.length !== expected.hours.length) return false;
  return expected.hours.every((hour, i) => {
    if (stored.hours[i] !== hour || stored.status[i] !== expected.status[i]) return false;
    const [ours, theirs] = [stored.provenance[i], expected.provenance[i]];
    const same = i > 0 && ours === stored.provenance[i - 1] && theirs === expected.provenance[i - 1];
    return same || isDeepStrictEqual(ours, theirs);
  });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
