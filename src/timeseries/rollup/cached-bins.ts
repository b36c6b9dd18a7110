import type { Interval } from "../../usage/hour.js";
import { RecentlyUsed } from "../../usage/recently-used.js";
import { type BinSize, type BinSpan, binTable } from "./bin-table.js";
import { canonicalZone } from "./zone.js";

/** How many bins are kept, of all tables together: two years of hours, or as many years of days as anybody asks for. */
const MOST_BINS = 20_000;

const tables = new RecentlyUsed<readonly BinSpan[]>(MOST_BINS, (bins) => bins.length + 1);

/**
 * The bins of {@link binTable}, which are the same for every series of a report: cutting and naming them takes longer
 * than adding up the rows. Those used last are kept, a few at most. Nobody may change what is returned.
 */
export function cachedBins(interval: Interval, by: BinSize, zone: string): readonly BinSpan[] {
  const name = canonicalZone(zone);
  const key = `${interval.from} ${interval.to} ${by} ${name}`;
  return tables.get(key, () => binTable(interval, by, { zone: name }).bins);
}
