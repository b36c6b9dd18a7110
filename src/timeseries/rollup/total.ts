import { eachQuantity, type Quantity } from "../../usage/series.js";
import { Sum } from "../../usage/sum.js";
import type { Tally } from "./bin.js";
import { isCarbon } from "./tallies.js";

/** Bins, or totals of them, put together: their sums, and means over all their known hours. */
export function totalOf(bins: readonly Tally[]): Tally {
  const hours = sumOf(bins, (bin) => bin.hours);
  const hoursMissing = sumOf(bins, (bin) => bin.hoursMissing);
  const hoursWithoutCarbon = sumOf(bins, (bin) => bin.hoursWithoutCarbon);
  const sums = eachQuantity((name) => sumOf(bins, (bin) => bin[name]));
  const known = hours - hoursMissing;
  const mean = (name: Quantity): number | null => {
    const count = isCarbon(name) ? known - hoursWithoutCarbon : known;
    return count === 0 ? null : sums[name] / count;
  };
  return {
    ...sums,
    hours,
    hoursMissing,
    hoursWithoutCarbon,
    hoursProvisional: sumOf(bins, (bin) => bin.hoursProvisional),
    coverage: hours === 0 ? 0 : sumOf(bins, (bin) => bin.coverage * bin.hours) / hours,
    perHour: eachQuantity(mean),
  };
}

function sumOf(bins: readonly Tally[], read: (bin: Tally) => number): number {
  return bins.reduce((sum, bin) => sum.add(read(bin)), new Sum()).value;
}
