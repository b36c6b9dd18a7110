import { rowsIn } from "../rows/batch.js";
import { RowIndex } from "../rows/row-index.js";
import { busyAndIdle, type Metric, type Quantities } from "../timeseries/rollup/bin.js";
import { marketGrams } from "../usage/market.js";
import type { OwnerShare } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { formatScope, type Scope } from "../usage/scope.js";
import {
  eachQuantity,
  numberAt,
  pickRows,
  QUANTITIES,
  type Quantity,
  type UsageSeries,
} from "../usage/series.js";
import { KnownSum } from "../usage/sum.js";

/** How much a scope changed: sums over its changed hours, before and after; `null` where no hour had or has a number. */
export interface RestatedScope {
  readonly scope: Scope;
  readonly hours: number;
  readonly before: Quantities;
  readonly after: Quantities;
  /** Market-based grams, where any changed hour has or had them. */
  readonly marketGco2eq?: { readonly before: number | null; readonly after: number | null } | undefined;
}

interface Tally {
  readonly scope: Scope;
  hours: number;
  readonly before: Record<Quantity, KnownSum>;
  readonly after: Record<Quantity, KnownSum>;
  /** Grams. */
  readonly market: { readonly before: KnownSum; readonly after: KnownSum };
}

/** Less than this (relative) is rounding, not a change. */
const ROUNDING = 1e-12;

/** Keeps account of what a restatement changes. */
export class Changes {
  readonly #tallies = new Map<string, Tally>();

  /** The rows of `series` that differ from the stored ones, in number or provenance; they are counted. */
  note(series: UsageSeries, stored: UsageSeries | undefined): UsageSeries {
    const old = stored === undefined ? undefined : new RowIndex(stored);
    const rows = [...series.hours.keys()].filter((i) => differs(series, i, old));
    if (rows.length === 0) return pickRows(series, []);
    const key = formatScope(series.scope);
    const tally = remembered(this.#tallies, key, () => noChange(series.scope));
    tally.hours += rows.length;
    for (const i of rows) {
      const hour = series.hours[i];
      for (const name of QUANTITIES) {
        if (hour !== undefined && old !== undefined) tally.before[name].add(old.value(name, hour));
        tally.after[name].add(numberAt(series[name], i));
      }
    }
    const changed = pickRows(series, rows);
    addMarket(tally.market.after, changed);
    if (stored !== undefined) addMarket(tally.market.before, rowsIn([stored], [changed])[0] ?? stored);
    return changed;
  }

  /** The scopes that changed, the greatest change in carbon first, then in energy. */
  list(): RestatedScope[] {
    const values = (sums: Record<Quantity, KnownSum>): Quantities => eachQuantity((name) => sums[name].value);
    const changed = [...this.#tallies.values()].map(
      ({ scope, hours, before, after, market }): RestatedScope => ({
        scope,
        hours,
        before: values(before),
        after: values(after),
        ...(market.before.value === null && market.after.value === null
          ? {}
          : { marketGco2eq: { before: market.before.value, after: market.after.value } }),
      }),
    );
    return changed.sort(
      (a, b) =>
        changeOf(b, "carbon") - changeOf(a, "carbon") || changeOf(b, "energy") - changeOf(a, "energy"),
    );
  }
}

function noChange(scope: Scope): Tally {
  const market = { before: new KnownSum(), after: new KnownSum() };
  return { scope, hours: 0, before: sums(), after: sums(), market };
}

function addMarket(sum: KnownSum, series: UsageSeries): void {
  const { busyGco2eq, idleGco2eq } = marketGrams(series);
  busyGco2eq.forEach((busy, i) => {
    sum.add(busy + numberAt(idleGco2eq, i));
  });
}

function sums(): Record<Quantity, KnownSum> {
  return eachQuantity(() => new KnownSum());
}

function changeOf({ before, after }: RestatedScope, metric: Metric): number {
  return Math.abs((busyAndIdle(after, metric).total ?? 0) - (busyAndIdle(before, metric).total ?? 0));
}

function differs(series: UsageSeries, i: number, old: RowIndex | undefined): boolean {
  const hour = series.hours[i];
  if (hour === undefined || old?.row(hour) === undefined) return true;
  const moved = QUANTITIES.some((name) => {
    const [before, after] = [old.value(name, hour), numberAt(series[name], i)];
    if (Number.isNaN(before) || Number.isNaN(after)) return Number.isNaN(before) !== Number.isNaN(after);
    return Math.abs(after - before) > ROUNDING * Math.max(after, before);
  });
  if (moved || old.status(hour) !== series.status[i]) return true;
  const [before, after] = [old.provenance(hour), series.provenance[i]];
  return (
    before?.model !== after?.model ||
    JSON.stringify(before?.intensity) !== JSON.stringify(after?.intensity) ||
    JSON.stringify(before?.market) !== JSON.stringify(after?.market) ||
    !haveSameOwners(before?.host?.owners ?? [], after?.host?.owners ?? [])
  );
}

/** The same owners in the same order, with shares that differ by rounding at most. */
function haveSameOwners(before: readonly OwnerShare[], after: readonly OwnerShare[]): boolean {
  const namesOf = (owners: readonly OwnerShare[]): string =>
    JSON.stringify(
      owners.map(({ project, machine, user, group, experiment }) => [
        project,
        machine,
        user,
        group,
        experiment,
      ]),
    );
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= SHARE_ROUNDING;
  return (
    namesOf(before) === namesOf(after) &&
    before.every((owner, k) => {
      const now = after[k];
      return (
        now !== undefined && isNear(owner.busyShare, now.busyShare) && isNear(owner.idleShare, now.idleShare)
      );
    })
  );
}

const SHARE_ROUNDING = 1e-9;
