import { basesOfRows } from "../../intensity/gram-bases.js";
import type { CallOptions } from "../../stores/call-options.js";
import type { UsageStore } from "../../stores/usage-store.js";
import { DAY_MS, HOUR_MS, hourOf, type Interval } from "../../usage/hour.js";
import { remembered } from "../../usage/remembered.js";
import { ADA, formatScope, type Scope } from "../../usage/scope.js";
import { numberAt, type UsageSeries } from "../../usage/series.js";

/** Busy and idle of something, in kWh or in grams. */
export interface Amounts {
  readonly busy: number;
  readonly idle: number;
}

const NOTHING: Amounts = { busy: 0, idle: 0 };

export interface CountedScope {
  readonly scope: Scope;
  /** kWh. */
  readonly energy: Amounts;
  /** Grams of each basis, which are never added; `""` is of hours that do not say theirs. */
  readonly grams: ReadonlyMap<string, Amounts>;
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
    return [...this.#scopes.values()].map((count) => count.told());
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
    return remembered(this.#scopes, formatScope(scope), () => new ScopeCount(scope, firstHour));
  }
}

/** What an hour counts as. */
interface CountedHour {
  readonly energy: Amounts;
  /** `undefined` while its grams are not known. */
  readonly grams: (Amounts & { readonly basis: string }) | undefined;
}

/** The counters of a scope. An hour counts once: in the basis by which its grams were first known. */
class ScopeCount {
  readonly scope: Scope;
  readonly #energy = new Counter();
  readonly #grams = new Map<string, Counter>();
  readonly #firstHour: number;
  readonly #hours = new Map<number, CountedHour>();

  constructor(scope: Scope, firstHour: number) {
    this.scope = scope;
    this.#firstHour = firstHour;
  }

  /** For hours that were counted before, only their corrections are added. */
  begin(series: UsageSeries): void {
    const { bases } = basesOfRows(series, 0, series.hours.length);
    series.hours.forEach((hour, row) => {
      this.#hours.set(hour, countedHour(series, row, bases, undefined));
    });
    for (const { grams } of this.#hours.values()) if (grams !== undefined) this.#gramsOf(grams.basis);
  }

  add(series: UsageSeries, from: number): void {
    const { bases } = basesOfRows(series, 0, series.hours.length);
    series.hours.forEach((hour, row) => {
      const before = this.#hours.get(hour);
      if (before === undefined && hour < this.#firstHour) return;
      const after = countedHour(series, row, bases, before);
      this.#energy.add(after.energy, before?.energy);
      if (after.grams !== undefined) this.#gramsOf(after.grams.basis).add(after.grams, before?.grams);
      this.#hours.set(hour, after);
    });
    for (const hour of this.#hours.keys()) if (hour < from) this.#hours.delete(hour);
  }

  #gramsOf(basis: string): Counter {
    return remembered(this.#grams, basis, () => new Counter());
  }

  /** What a scrape is told. */
  told(): CountedScope {
    const grams = new Map([...this.#grams].map(([basis, counter]) => [basis, counter.told()]));
    return { scope: this.scope, energy: this.#energy.told(), grams };
  }
}

/**
 * What is known of an hour; what is not keeps what was known before. An hour that does not say its basis is counted with
 * the others, if these have one.
 */
function countedHour(
  series: UsageSeries,
  row: number,
  basesOfAll: readonly string[],
  before: CountedHour | undefined,
): CountedHour {
  const [busy, idle] = [numberAt(series.busyKwh, row), numberAt(series.idleKwh, row)];
  const energy = Number.isNaN(busy + idle) ? (before?.energy ?? NOTHING) : { busy, idle };
  const grams = gramsOfHour(series, row);
  if (grams === undefined) return { energy, grams: before?.grams };
  const ofAll = basesOfAll.length === 1 ? basesOfAll[0] : undefined;
  const basis = grams.basis ?? before?.grams?.basis ?? ofAll ?? "";
  const isSame = before?.grams === undefined || before.grams.basis === basis;
  return { energy, grams: isSame ? { ...grams, basis } : before.grams };
}

/** The grams of a stored hour; `undefined` where they are not known, or count different things. */
export function gramsOfHour(
  series: UsageSeries,
  row: number,
): (Amounts & { readonly basis: string | undefined }) | undefined {
  const [busy, idle] = [numberAt(series.busyGco2eq, row), numberAt(series.idleGco2eq, row)];
  const { bases } = basesOfRows(series, row, row + 1);
  return Number.isNaN(busy + idle) || bases.length > 1 ? undefined : { busy, idle, basis: bases[0] };
}

/** A counter for busy and one for idle. */
class Counter {
  #counts = NOTHING;
  /** Sums of what the hours have now. A correction may lower them; a counter then waits until they are above it again. */
  #sums = NOTHING;
  #isTold = false;

  add({ busy, idle }: Amounts, before = NOTHING): void {
    this.#sums = { busy: this.#sums.busy + busy - before.busy, idle: this.#sums.idle + idle - before.idle };
  }

  told(): Amounts {
    if (this.#isTold) {
      const { busy, idle } = this.#counts;
      this.#counts = { busy: Math.max(busy, this.#sums.busy), idle: Math.max(idle, this.#sums.idle) };
    }
    this.#isTold = true;
    return this.#counts;
  }
}
