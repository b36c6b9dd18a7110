import { isAverage } from "../intensity/basis.js";
import { basisOfSource, basisOfStored } from "../intensity/basis-of-source.js";
import type { IntensitySource } from "../intensity/port.js";
import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import { basesOfRows } from "../timeseries/rollup/bases.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { marketBased } from "../usage/market.js";
import { ADA } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

// One store has one basis, so that its sums mean something. Hours and sources that do not say what they count are let
// through. All rows of `ada` are read for it: 8,760 a year, however many hosts there are.

const EVER: Interval = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** Refuses (`bad-input`) grids, and what was bought, whose grams count something else than those of any stored hour. */
export async function assertOneBasis(
  grids: readonly IntensitySource[],
  store: UsageStore,
  options: CallOptions,
  market?: IntensitySource,
): Promise<void> {
  const [first] = grids.filter((source) => basisOfUse(source) !== undefined);
  if (first === undefined && market === undefined) return;
  const ada = await store.read(ADA, EVER, options);
  if (first !== undefined) assertBasisOf(first, ada, BY_GRID);
  if (market !== undefined) assertBasisOf(market, marketBased(ada), BY_MARKET);
}

function assertBasisOf(source: IntensitySource, ada: UsageSeries, by: RestateWords): void {
  const now = basisOfUse(source);
  if (now === undefined) return;
  const [other] = hoursOfOtherBasis(ada, now);
  if (other === undefined) return;
  throw new AdaCarbonError(
    "bad-input",
    `${source.id} is ${now}, and the hour ${formatInstant(other.hour)} is stored by ${other.source}, ${other.basis}: ` +
      "the two are never added; take a store of its own for this grid, or restate all stored hours by it first " +
      `(${commandFor(ada, by)})`,
  );
}

/** What the grams of hours counted before a restatement, and count after it. */
export interface BasisChange {
  readonly from: readonly string[];
  readonly to: string;
  readonly hours: number;
}

/** What looking up the hours of an interval again by a source would do to the bases of a store. */
export interface PlannedBasis {
  /** `null` where no hour gets another basis. */
  readonly change: BasisChange | null;
  /** Why the store would be left with two bases; `undefined` where it would not. */
  readonly refusal: string | undefined;
}

export async function plannedBasis(
  grids: readonly IntensitySource[],
  store: UsageStore,
  interval: Interval,
  options: CallOptions,
): Promise<PlannedBasis> {
  const [source] = grids.filter((each) => basisOfUse(each) !== undefined);
  const now = source && basisOfUse(source);
  if (source === undefined || now === undefined) return { change: null, refusal: undefined };
  const ada = await store.read(ADA, EVER, options);
  const others = hoursOfOtherBasis(ada, now);
  const changed = others.filter(({ hour }) => hour >= interval.from && hour < interval.to);
  const left = others.filter(({ hour }) => hour < interval.from || hour >= interval.to);
  const from = [...new Set(changed.map(({ basis }) => basis))];
  const change = changed.length === 0 ? null : { from, to: now, hours: changed.length };
  const [first] = left;
  const last = left.at(-1);
  if (first === undefined || last === undefined) return { change, refusal: undefined };
  const span = `${formatInstant(first.hour)} to ${formatInstant(last.hour + HOUR_MS)}`;
  const refusal =
    `${source.id} is ${now}, and ${left.length} stored hours outside the interval (${span}) would stay ${first.basis}, ` +
    `by ${first.source}: the two are never added; restate all stored hours at once: ${commandFor(ada, BY_GRID)}`;
  return { change, refusal };
}

/** The basis by which use would be accounted for. A constant counts as anything; a marginal one is refused. */
function basisOfUse(source: IntensitySource): string | undefined {
  if (source.isConstant === true) return undefined;
  if (source.basis !== undefined && !isAverage(source.basis))
    throw new AdaCarbonError("bad-input", `${source.id} is marginal; use is accounted for by averages`);
  return basisOfSource(source);
}

interface StoredBasis {
  readonly hour: number;
  readonly source: string;
  readonly basis: string;
}

function hoursOfOtherBasis(ada: UsageSeries, now: string): StoredBasis[] {
  const { hours, provenance } = ada;
  if (basesOfRows(ada, 0, hours.length).bases.every((basis) => basis === now)) return [];
  return hours.flatMap((hour, i): StoredBasis[] => {
    const intensity = provenance[i]?.intensity ?? null;
    const basis = intensity === null ? undefined : basisOfStored(intensity);
    if (intensity === null || basis === undefined || basis === now) return [];
    return [{ hour, source: intensity.source, basis }];
  });
}

/** How one restates by a grid, and by what was bought. */
interface RestateWords {
  readonly command: string;
  /** What stands in the place of the source. */
  readonly source: string;
}
const BY_GRID: RestateWords = { command: "ada-carbon restate --again", source: "with the same --grid" };
const BY_MARKET: RestateWords = {
  command: "ada-carbon restate --market SOURCE",
  source: "with this run's --market as SOURCE",
};

function commandFor({ hours }: UsageSeries, { command, source }: RestateWords): string {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  return `${command} --from ${formatInstant(first)} --to ${formatInstant(last + HOUR_MS)}, ${source}`;
}
