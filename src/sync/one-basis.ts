import { basisOfSource, basisOfStored } from "../intensity/basis-of-source.js";
import { basesOfRows } from "../intensity/gram-bases.js";
import type { IntensitySource } from "../intensity/port.js";
import type { CallOptions } from "../stores/call-options.js";
import type { StoredIntensities } from "../stores/stored-intensities.js";
import type { UsageStore } from "../stores/usage-store.js";
import { badInput } from "../usage/errors.js";
import { EVER, formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { marketBased } from "../usage/market.js";
import { ADA } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

// One store has one basis, so that its sums mean something. Hours and sources that do not say what they count are let
// through. Every row of `ada` is held to it, 8,760 a year, however many hosts there are: by what the store says that they
// rest on, where it can. Only where one differs, or the store cannot say, all of them are read.

/** Refuses (`bad-input`) grids, and what was bought, whose grams count something else than those of any stored hour. */
export async function assertOneBasis(
  grids: readonly IntensitySource[],
  store: UsageStore,
  options: CallOptions,
  market?: IntensitySource,
): Promise<void> {
  const grid = grids.find((source) => basisOfUse(source) !== undefined);
  const wanted = [
    ...(grid === undefined ? [] : [{ source: grid, ledger: BY_GRID }]),
    ...(market === undefined ? [] : [{ source: market, ledger: BY_MARKET }]),
  ];
  if (wanted.length === 0 || (await areKnownToAgree(wanted, store, options))) return;
  const ada = await store.read(ADA, EVER, options);
  for (const { source, ledger } of wanted) assertBasisOf(source, ada, ledger);
}

/** Whether the store says that all rows of `ada` are of the bases of the sources. */
async function areKnownToAgree(
  wanted: readonly { readonly source: IntensitySource; readonly ledger: Ledger }[],
  store: UsageStore,
  options: CallOptions,
): Promise<boolean> {
  const stored = await store.intensities?.(ADA, options);
  if (stored === undefined) return false;
  return wanted.every(({ source, ledger }) => {
    const now = basisOfUse(source);
    return (
      now === undefined || stored[ledger.name].every((intensity) => (basisOfStored(intensity) ?? now) === now)
    );
  });
}

function assertBasisOf(source: IntensitySource, ada: UsageSeries, ledger: Ledger): void {
  const now = basisOfUse(source);
  if (now === undefined) return;
  const [other] = hoursOfOtherBasis(ledger.name === "market" ? marketBased(ada) : ada, now);
  if (other === undefined) return;
  throw badInput(
    `${source.id} is ${now}, and the hour ${formatInstant(other.hour)} is stored by ${other.source}, ${other.basis}: ` +
      "the two are never added; take a store of its own for this grid, or restate all stored hours by it first " +
      `(${commandFor(ada, ledger)})`,
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
  const source = grids.find((grid) => basisOfUse(grid) !== undefined);
  const now = source && basisOfUse(source);
  const isAsBefore =
    source === undefined || (await areKnownToAgree([{ source, ledger: BY_GRID }], store, options));
  if (isAsBefore || now === undefined) return { change: null, refusal: undefined };
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

/** The basis by which use would be accounted for. A constant counts as anything. */
function basisOfUse(source: IntensitySource): string | undefined {
  return source.isConstant === true ? undefined : basisOfSource(source);
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

/** Grams by the grid, or by what was bought, and how one restates them. */
interface Ledger {
  readonly name: keyof StoredIntensities;
  readonly command: string;
  /** What stands in the place of the source. */
  readonly source: string;
}
const BY_GRID: Ledger = {
  name: "grid",
  command: "ada-carbon restate --again",
  source: "with the same --grid",
};
const BY_MARKET: Ledger = {
  name: "market",
  command: "ada-carbon restate --market SOURCE",
  source: "with this run's --market as SOURCE",
};

function commandFor({ hours }: UsageSeries, { command, source }: Ledger): string {
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  return `${command} --from ${formatInstant(first)} --to ${formatInstant(last + HOUR_MS)}, ${source}`;
}
