import type { Interval } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { holderKey, type Tenure } from "./tenure.js";

/** What to do where tenures overlap: all hold an equal part, or the one that began last holds it all. */
export type OverlapPolicy = "share" | "latest";

/** A holder's part of a time; `holder` is `null` for time that nobody claims. The parts sum to 1. */
export interface HolderShare {
  readonly holder: Tenure | null;
  readonly share: number;
}

/**
 * Splits a time among the tenures of one host by how long each held it. Parts that nobody claims are the
 * `null` holder's. A time without length belongs to whoever holds its start.
 */
export function sharesOf(
  interval: Interval,
  tenures: readonly Tenure[],
  policy: OverlapPolicy,
): HolderShare[] {
  const time = { from: interval.from, to: Math.max(interval.to, interval.from + 1) };
  const inside = tenures.filter(({ from, to }) => from < time.to && (to ?? Infinity) > time.from);
  const only = inside.length === 1 ? inside[0] : undefined;
  if (inside.length === 0) return [{ holder: null, share: 1 }];
  if (only !== undefined && only.from <= time.from && (only.to ?? Infinity) >= time.to) {
    return [{ holder: only, share: 1 }];
  }
  const parts = new Map<string, { holder: Tenure | null; ms: number }>();
  const give = (holder: Tenure | null, ms: number): void => {
    const key = holder === null ? "" : holderKey(holder);
    remembered(parts, key, () => ({ holder, ms: 0 })).ms += ms;
  };
  for (const { from, to } of segments(time, inside)) {
    const holders = inside.filter((tenure) => tenure.from <= from && (tenure.to ?? Infinity) >= to);
    const latest = holders.at(-1);
    if (latest === undefined) give(null, to - from);
    else if (policy === "latest") give(latest, to - from);
    else for (const holder of holders) give(holder, (to - from) / holders.length);
  }
  const length = time.to - time.from;
  return [...parts.values()].map(({ holder, ms }) => ({ holder, share: ms / length }));
}

/** The time cut at every start and end of a tenure. */
function segments(time: Interval, tenures: readonly Tenure[]): Interval[] {
  const cuts = new Set([time.from, time.to]);
  for (const { from, to } of tenures) {
    for (const cut of [from, to ?? Infinity]) if (cut > time.from && cut < time.to) cuts.add(cut);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((from, i) => ({ from, to: sorted[i + 1] ?? time.to }));
}
