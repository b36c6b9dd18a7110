import type { Interval } from "../../usage/hour.js";
import { type BinSize, type BinSpan, binTable, type ZoneOptions } from "./bin-table.js";
import { canonicalZone } from "./zone.js";

/** How many bins are kept, of all tables together: two years of hours, or as many years of days as anybody asks for. */
const MOST_BINS = 20_000;

const tables = new Map<string, readonly BinSpan[]>();
let kept = 0;

/**
 * The bins of {@link binTable}, which are the same for every series of a report: cutting and naming them takes longer
 * than adding up the rows. Those used last are kept, a few at most. Nobody may change what is returned.
 */
export function cachedBins(
  interval: Interval,
  by: BinSize,
  { zone = "UTC" }: ZoneOptions,
): readonly BinSpan[] {
  const name = canonicalZone(zone);
  const key = `${interval.from} ${interval.to} ${by} ${name}`;
  const known = tables.get(key);
  const bins = known ?? binTable(interval, by, { zone: name }).bins;
  if (bins.length === 0) return bins;
  if (known === undefined) kept += bins.length;
  // Put in anew, it is the last that is let go.
  tables.delete(key);
  tables.set(key, bins);
  for (const [oldest, { length }] of tables) {
    if (kept <= MOST_BINS) break;
    tables.delete(oldest);
    kept -= length;
  }
  return bins;
}
