import { summedBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import { type Bin, type MarketSums, SummedBin, type Sums } from "../timeseries/rollup/bin.js";
import type { BinSpan } from "../timeseries/rollup/bin-table.js";
import { HOUR_MS } from "../usage/hour.js";
import { eachQuantity } from "../usage/series.js";

/** A bin of which each part is the sums over some of its hours. */
export function joinedBin(span: BinSpan, parts: readonly Sums[]): Bin {
  const hours = (span.to - span.from) / HOUR_MS;
  const sums = {
    ...eachQuantity((name) => sumOfKnown(parts.map((part) => part[name]))),
    ...summedBases(parts),
    hours,
    hoursMissing: total(parts, (part) => part.hoursMissing),
    hoursIncomplete: total(parts, (part) => part.hoursIncomplete),
    hoursWithoutCarbon: total(parts, (part) => part.hoursWithoutCarbon),
    hoursProvisional: total(parts, (part) => part.hoursProvisional),
    coverage: hours === 0 ? 0 : total(parts, (part) => part.coverage * part.hours) / hours,
    market: marketOf(parts),
  };
  return new SummedBin(span, withoutMixedGrams(sums));
}

/** A part in which nobody said what was bought may stand beside one in which somebody did. */
function marketOf(parts: readonly Sums[]): MarketSums | undefined {
  const markets = parts.flatMap(({ market }) => market ?? []);
  if (markets.length === 0) return undefined;
  return withoutMixedGrams({
    busyGco2eq: sumOfKnown(markets.map(({ busyGco2eq }) => busyGco2eq)),
    idleGco2eq: sumOfKnown(markets.map(({ idleGco2eq }) => idleGco2eq)),
    hoursWithoutCarbon: total(parts, ({ market, hours, hoursMissing }) =>
      market === undefined ? hours - hoursMissing : market.hoursWithoutCarbon,
    ),
    ...summedBases(markets),
  });
}

function total(parts: readonly Sums[], count: (part: Sums) => number): number {
  return parts.reduce((sum, part) => sum + count(part), 0);
}

function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value);
}
