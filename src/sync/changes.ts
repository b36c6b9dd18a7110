import { RowIndex } from "../rows/row-index.js";
import { busyAndIdle, type Metric, type Quantities } from "../timeseries/rollup/bin.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { at, eachQuantity, pickRows, QUANTITIES, type Quantity, type UsageSeries } from "../usage/series.js";
import { KnownSum } from "../usage/sum.js";

/** How much a scope changed: sums over its changed hours, before and after; `null` where no hour had or has a number. */
export interface RestatedScope {
  readonly scope: Scope;
  readonly hours: number;
  readonly before: Quantities;
  readonly after: Quantities;
}

interface Tally {
  readonly scope: Scope;
  hours: number;
  readonly before: Record<Quantity, KnownSum>;
  readonly after: Record<Quantity, KnownSum>;
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
    const tally = this.#tallies.get(key) ?? { scope: series.scope, hours: 0, before: sums(), after: sums() };
    this.#tallies.set(key, tally);
    tally.hours += rows.length;
    for (const i of rows) {
      const hour = series.hours[i];
      for (const name of QUANTITIES) {
        if (hour !== undefined && old !== undefined) tally.before[name].add(old.value(name, hour));
        tally.after[name].add(at(series[name], i));
      }
    }
    return pickRows(series, rows);
  }

  /** The scopes that changed, the greatest change in carbon first, then in energy. */
  list(): RestatedScope[] {
    const values = (sums: Record<Quantity, KnownSum>): Quantities => eachQuantity((name) => sums[name].value);
    const changed = [...this.#tallies.values()].map(({ scope, hours, before, after }) => ({
      scope,
      hours,
      before: values(before),
      after: values(after),
    }));
    return changed.sort(
      (a, b) =>
        changeOf(b, "carbon") - changeOf(a, "carbon") || changeOf(b, "energy") - changeOf(a, "energy"),
    );
  }
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
    const [before, after] = [old.value(name, hour), at(series[name], i)];
    if (Number.isNaN(before) || Number.isNaN(after)) return Number.isNaN(before) !== Number.isNaN(after);
    return Math.abs(after - before) > ROUNDING * Math.max(after, before);
  });
  if (moved || old.status(hour) !== series.status[i]) return true;
  const [before, after] = [old.provenance(hour), series.provenance[i]];
  return (
    before?.model !== after?.model ||
    JSON.stringify(before?.intensity) !== JSON.stringify(after?.intensity) ||
    JSON.stringify(before?.host?.owners) !== JSON.stringify(after?.host?.owners)
  );
}
