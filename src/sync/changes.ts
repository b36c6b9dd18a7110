import { RowIndex } from "../rows/row-index.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { at, pickRows, QUANTITIES, type Quantity, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";

/** How much a scope changed: sums over its changed hours, before and after. What was or is missing is in none. */
export interface RestatedScope {
  readonly scope: Scope;
  readonly hours: number;
  readonly before: Readonly<Record<Quantity, number>>;
  readonly after: Readonly<Record<Quantity, number>>;
}

interface Tally {
  readonly scope: Scope;
  hours: number;
  readonly before: Record<Quantity, Sum>;
  readonly after: Record<Quantity, Sum>;
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
        const before = hour === undefined || old === undefined ? Number.NaN : old.value(name, hour);
        if (!Number.isNaN(before)) tally.before[name].add(before);
        if (!Number.isNaN(at(series[name], i))) tally.after[name].add(at(series[name], i));
      }
    }
    return pickRows(series, rows);
  }

  /** The scopes that changed, the greatest change in carbon first, then in energy. */
  list(): RestatedScope[] {
    const values = (of: Record<Quantity, Sum>): Record<Quantity, number> => ({
      busyCpuSeconds: of.busyCpuSeconds.value,
      idleCpuSeconds: of.idleCpuSeconds.value,
      busyKwh: of.busyKwh.value,
      idleKwh: of.idleKwh.value,
      busyGco2eq: of.busyGco2eq.value,
      idleGco2eq: of.idleGco2eq.value,
    });
    const changed = [...this.#tallies.values()].map(({ scope, hours, before, after }) => ({
      scope,
      hours,
      before: values(before),
      after: values(after),
    }));
    return changed.sort(
      (a, b) => changeOf(b, "Gco2eq") - changeOf(a, "Gco2eq") || changeOf(b, "Kwh") - changeOf(a, "Kwh"),
    );
  }
}

function sums(): Record<Quantity, Sum> {
  return {
    busyCpuSeconds: new Sum(),
    idleCpuSeconds: new Sum(),
    busyKwh: new Sum(),
    idleKwh: new Sum(),
    busyGco2eq: new Sum(),
    idleGco2eq: new Sum(),
  };
}

function changeOf({ before, after }: RestatedScope, unit: "Kwh" | "Gco2eq"): number {
  return Math.abs(
    after[`busy${unit}`] + after[`idle${unit}`] - before[`busy${unit}`] - before[`idle${unit}`],
  );
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
