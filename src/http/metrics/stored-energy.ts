import type { CallOptions } from "../../stores/call-options.js";
import type { UsageStore } from "../../stores/usage-store.js";
import { DAY_MS, HOUR_MS, hourOf, type Interval } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { numberAt, type UsageSeries } from "../../usage/series.js";

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
 * Energy and carbon of the hours that were stored since this process began. Everything begins with 0, which Prometheus
 * takes for the restart that it is. Hours from before are not counted, so that neither a backfill nor a restart makes a
 * day of Prometheus larger. Hours that were missed while no service ran are counted if stored after {@link begin}.
 */
export class StoredEnergy {
  readonly #usage: UsageStore;
  readonly #clock: () => number;
  readonly #scopes = new Map<string, ScopeCount>();
  /** The first hour that is counted; none before it has begun. */
  #firstHour: number | undefined;

  constructor(usage: UsageStore, clock: () => number) {
    this.#usage = usage;
    this.#clock = clock;
  }

  /** Notes what is there: what is stored from now on is counted. Whoever fills the store calls it before. */
  async begin(options: CallOptions): Promise<void> {
    if (this.#firstHour !== undefined) return;
    const now = this.#clock();
    const stored = await this.#stored({ from: hourOf(now - WINDOW_MS), to: now }, options);
    const last = stored[0]?.hours.at(-1);
    this.#firstHour = (last ?? hourOf(now) - HOUR_MS) + HOUR_MS;
    for (const series of stored) this.#countOf(series, this.#firstHour).begin(series);
  }

  /** Reads what is new. A scope is 0 when it is first told: Prometheus counts only from the second value. */
  async read(options: CallOptions): Promise<CountedScope[]> {
    await this.begin(options);
    const now = this.#clock();
    const interval = { from: hourOf(now - WINDOW_MS), to: now };
    for (const series of await this.#stored(interval, options))
      this.#countOf(series, this.#firstHour ?? interval.to).add(series, interval.from);
    return [...this.#scopes.values()].map((count) => ({ scope: count.scope, counts: count.told() }));
  }

  /** `ada`, which has an hour if anybody has, and whatever has counters of its own. */
  async #stored(interval: Interval, options: CallOptions): Promise<UsageSeries[]> {
    const scopes: Scope[] = [ADA];
    for (const kind of KINDS) scopes.push(...(await this.#usage.scopes(kind, options)));
    const all: UsageSeries[] = [];
    for (const scope of scopes) all.push(await this.#usage.read(scope, interval, options));
    return all;
  }

  #countOf({ scope }: UsageSeries, firstHour: number): ScopeCount {
    const key = JSON.stringify([scope.kind, scope.name]);
    const count = this.#scopes.get(key) ?? new ScopeCount(scope, firstHour);
    this.#scopes.set(key, count);
    return count;
  }
}

/** The counters of a scope. */
class ScopeCount {
  readonly scope: Scope;
  readonly #counts = eachCount(() => 0);
  readonly #firstHour: number;
  /** Sums of what the hours have now. A correction may lower them; a counter then waits until they are above it again. */
  readonly #sums = eachCount(() => 0);
  readonly #hours = new Map<number, Counts>();
  #isTold = false;

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
    for (const name of COUNTED) this.#counts[name] = Math.max(this.#counts[name], this.#sums[name]);
  }

  /** What a scrape is told. */
  told(): Counts {
    const counts = this.#isTold ? { ...this.#counts } : eachCount(() => 0);
    this.#isTold = true;
    return counts;
  }

  /** What is not known keeps the value that was known before. */
  #known(hour: number, series: UsageSeries, row: number): Counts {
    return eachCount((name) => {
      const stored = numberAt(series[name], row);
      return Number.isNaN(stored) ? (this.#hours.get(hour)?.[name] ?? 0) : stored;
    });
  }
}
