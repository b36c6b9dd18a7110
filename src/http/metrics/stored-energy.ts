import type { CallOptions } from "../../stores/call-options.js";
import type { UsageStore } from "../../stores/usage-store.js";
import { DAY_MS, HOUR_MS, hourOf } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { at, type UsageSeries } from "../../usage/series.js";

/** What is counted of a scope, kWh and grams. */
const COUNTED = ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const;
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** What is made for each of the counts. */
export function eachCount(of: (name: keyof Counts) => number): Counts & Record<keyof Counts, number> {
  return {
    busyKwh: of("busyKwh"),
    idleKwh: of("idleKwh"),
    busyGco2eq: of("busyGco2eq"),
    idleGco2eq: of("idleGco2eq"),
  };
}

export interface CountedScope {
  readonly scope: Scope;
  readonly counts: Counts;
}

/** Hours are corrected for so long, and so long may a service have been away and still count what it missed. */
const WINDOW_MS = 7 * DAY_MS;
const KINDS = ["project", "machine"] as const;

/**
 * Energy and carbon of the hours that were stored since this process was first asked. Everything begins with 0, which
 * Prometheus takes for the restart that it is. Hours from before are not counted, so that neither a backfill nor a
 * restart makes a day of Prometheus larger. Hours that were missed while no service ran are counted if stored
 * after the first call.
 */
export class StoredEnergy {
  readonly #usage: UsageStore;
  readonly #clock: () => number;
  readonly #scopes = new Map<string, ScopeCount>();
  /** The first hour that is counted; none before the first call. */
  #firstHour: number | undefined;

  constructor(usage: UsageStore, clock: () => number) {
    this.#usage = usage;
    this.#clock = clock;
  }

  /** Reads what is new. A scope is 0 when it first appears: Prometheus counts only from the second value. */
  async read(options: CallOptions): Promise<CountedScope[]> {
    const now = this.#clock();
    const interval = { from: hourOf(now - WINDOW_MS), to: now };
    const ada = await this.#usage.read(ADA, interval, options);
    const scopes: Scope[] = [];
    for (const kind of KINDS) scopes.push(...(await this.#usage.scopes(kind, options)));
    const all = [ada];
    for (const scope of scopes) all.push(await this.#usage.read(scope, interval, options));

    const isFirst = this.#firstHour === undefined;
    this.#firstHour ??= (ada.hours.at(-1) ?? hourOf(now) - HOUR_MS) + HOUR_MS;
    for (const series of all) {
      const key = JSON.stringify([series.scope.kind, series.scope.name]);
      const known = this.#scopes.get(key);
      const count = known ?? new ScopeCount(series.scope, this.#firstHour);
      if (known === undefined) this.#scopes.set(key, count);
      if (isFirst) count.begin(series);
      else if (known !== undefined) count.add(series, interval.from);
    }
    return [...this.#scopes.values()];
  }
}

/** The counters of a scope. */
class ScopeCount implements CountedScope {
  readonly scope: Scope;
  readonly counts = eachCount(() => 0);
  readonly #firstHour: number;
  /** Sums of what the hours have now. A correction may lower them; a counter then waits until they are above it again. */
  readonly #sums = { ...this.counts };
  readonly #hours = new Map<number, Counts>();

  constructor(scope: Scope, firstHour: number) {
    this.scope = scope;
    this.#firstHour = firstHour;
  }

  /** Of hours that are there already only corrections are counted. */
  begin(series: UsageSeries): void {
    series.hours.forEach((hour, row) => {
      this.#hours.set(hour, this.#known(hour, series, row));
    });
  }

  add(series: UsageSeries, from: number): void {
    series.hours.forEach((hour, row) => {
      const before = this.#hours.get(hour);
      if (before === undefined && hour < this.#firstHour) return;
      const after = this.#known(hour, series, row);
      for (const name of COUNTED) this.#sums[name] += after[name] - (before?.[name] ?? 0);
      this.#hours.set(hour, after);
    });
    for (const hour of this.#hours.keys()) if (hour < from) this.#hours.delete(hour);
    for (const name of COUNTED) this.counts[name] = Math.max(this.counts[name], this.#sums[name]);
  }

  /** What is not known keeps the value that was known before. */
  #known(hour: number, series: UsageSeries, row: number): Counts {
    return eachCount((name) => {
      const stored = at(series[name], row);
      return Number.isNaN(stored) ? (this.#hours.get(hour)?.[name] ?? 0) : stored;
    });
  }
}
