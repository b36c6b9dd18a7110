import { basesOfRows, withoutMixedGrams } from "../../intensity/gram-bases.js";
import { HOUR_MS } from "../../usage/hour.js";
import { marketGrams } from "../../usage/market.js";
import { assertArgument } from "../../usage/options.js";
import { lowestAtLeast } from "../../usage/search.js";
import { eachQuantity, SERIES, type UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import { meansOf, type Sums, type Tally } from "./bin.js";
import { type GivenPeriod, periodOf } from "./given-period.js";

/** The hours of a series that start in the interval, gathered into one; the same sums as a bin of that length has. */
export function tallyOf(series: UsageSeries, interval: GivenPeriod): Tally {
  assertArgument("tallyOf", "series", series, SERIES);
  const { from, to } = periodOf(interval);
  const first = lowestAtLeast(series.hours, from);
  const hours = Math.max(0, Math.ceil(to / HOUR_MS) - Math.ceil(from / HOUR_MS));
  const sums = sumRows(series, first, lowestAtLeast(series.hours, to, first), hours);
  return { ...sums, perHour: meansOf(sums) };
}

/** The rows [first, end) of a series as sums over `hours` hours; those without a row are missing. */
export function sumRows(series: UsageSeries, first: number, end: number, hours: number): Sums {
  const known = countKnown(series.busyCpuSeconds, first, end);
  return withoutMixedGrams({
    ...eachQuantity((name) => sumOfKnown(series[name], first, end)),
    ...basesOfRows(series, first, end),
    hours,
    hoursMissing: hours - known,
    hoursIncomplete: countIncomplete(series, first, end),
    hoursWithoutCarbon: known - countKnown(series.busyGco2eq, first, end),
    hoursProvisional: countProvisional(series, first, end),
    coverage: hours === 0 ? 0 : coveredHours(series, first, end) / hours,
    ...marketOf(series, first, end),
  });
}

/** The market-based grams of the rows; nothing where none of them has any. */
function marketOf(series: UsageSeries, first: number, end: number): Pick<Sums, "market"> | undefined {
  const { provenance } = series;
  let row = first;
  while (row < end && provenance[row]?.market === undefined) row++;
  if (row === end) return undefined;
  const busyKwh = series.busyKwh.subarray(first, end);
  const idleKwh = series.idleKwh.subarray(first, end);
  const rows = provenance.slice(first, end);
  const grams = marketGrams({ busyKwh, idleKwh, provenance: rows });
  const bought = rows.map(({ market }) => ({ intensity: market ?? null }));
  const { length } = busyKwh;
  return {
    market: withoutMixedGrams({
      busyGco2eq: sumOfKnown(grams.busyGco2eq, 0, length),
      idleGco2eq: sumOfKnown(grams.idleGco2eq, 0, length),
      hoursWithoutCarbon: countKnown(busyKwh, 0, length) - countKnown(grams.busyGco2eq, 0, length),
      ...basesOfRows({ ...grams, provenance: bought }, 0, length),
    }),
  };
}

/** The sum of the rows that have a number; `null` if none has. */
function sumOfKnown(column: Float64Array, first: number, end: number): number | null {
  const sum = sumOf(column, first, end);
  // A missing number makes the sum NaN: only then are the rows looked at one by one.
  if (!Number.isNaN(sum)) return first === end ? null : sum;
  const known = column.subarray(first, end).filter((value) => !Number.isNaN(value));
  return known.length === 0 ? null : sumOf(known, 0, known.length);
}

// The loops below see every row, and are what the speed depends on: they are written out, without calls.

/**
 * The sum of the rows, compensated: what an addition rounds away (Knuth's two-sum) is kept and added in the end. Four
 * rows are added up first, since the next addition to the sum has to wait for the one before.
 */
function sumOf(column: Float64Array, first: number, end: number): number {
  let sum = 0;
  let lost = 0;
  for (let row = first; row < end; ) {
    let value = column[row++] as number;
    if (row + 3 <= end) {
      value = value + (column[row] as number) + ((column[row + 1] as number) + (column[row + 2] as number));
      row += 3;
    }
    const next = sum + value;
    const added = next - sum;
    lost += sum - (next - added) + (value - added);
    sum = next;
  }
  return sum + lost;
}

function countKnown(column: Float64Array, first: number, end: number): number {
  let known = 0;
  for (let row = first; row < end; row++) known += Number.isNaN(column[row]) ? 0 : 1;
  return known;
}

/** Of hours of which a part is known to be missing. */
export const INCOMPLETE: Status = "download incomplete";

function countIncomplete({ status }: UsageSeries, first: number, end: number): number {
  let incomplete = 0;
  for (let row = first; row < end; row++) if (status[row] === INCOMPLETE) incomplete++;
  return incomplete;
}

/** Hours whose carbon rests on an intensity that is not settled. */
function countProvisional({ busyGco2eq, provenance }: UsageSeries, first: number, end: number): number {
  let provisional = 0;
  let isSettled = true;
  for (let row = first; row < end; row++) {
    // Neighbouring hours mostly share their provenance.
    if (row === first || provenance[row] !== provenance[row - 1])
      isSettled = provenance[row]?.intensity?.settled !== false;
    if (!isSettled && !Number.isNaN(busyGco2eq[row])) provisional++;
  }
  return provisional;
}

/** The coverages of the hours that are known, added up. What another tool wrote has none, and is taken as whole. */
function coveredHours({ busyCpuSeconds, coverage }: UsageSeries, first: number, end: number): number {
  const sum = sumOf(coverage, first, end);
  if (!Number.isNaN(sum) && !Number.isNaN(sumOf(busyCpuSeconds, first, end))) return sum;
  const covered = coverage.slice(first, end).map((value, i) => {
    if (Number.isNaN(busyCpuSeconds[first + i])) return 0;
    return Number.isNaN(value) ? 1 : value;
  });
  return sumOf(covered, 0, covered.length);
}
