import { basesOfRows, isOfTwoBases } from "../intensity/gram-bases.js";
import { sumsOfScopes } from "../rows/scope-sums.js";
import type { CallOptions } from "../stores/call-options.js";
import { assertKind, assertScope } from "../stores/names.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import { eachScope } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Tally } from "../timeseries/rollup/bin.js";
import { type GivenPeriod, type Moment, momentOf, periodOf } from "../timeseries/rollup/given-period.js";
import { tallyOf } from "../timeseries/rollup/tally.js";
import { byCodeUnit } from "../usage/code-units.js";
import { EVER, type FinishedHour, HOUR_MS, type Interval, spanOf } from "../usage/hour.js";
import {
  ANYTHING,
  assertArgument,
  assertOptions,
  CALLBACK,
  LIST,
  optional,
  type Rules,
  SIGNAL,
  TEXT,
  TEXTS,
} from "../usage/options.js";
import { formatScope, type Scope, type ScopeKind } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import { isSparse, partWithIdleHours, withIdleHours } from "./idle-hours.js";
import { ownersInPlace, type PartKind, type Place } from "./place.js";
import { ownersOfPlace } from "./place-owners.js";
import { partsInPlace } from "./place-parts.js";
import { StoredUsage } from "./stored-usage.js";
import { sumProjects, type UnseenCpuSeconds } from "./sum-projects.js";
import { UnknownScopeError } from "./unknown-scope.js";

export interface ReaderOptions extends CallOptions {
  /** Names the store in messages. */
  readonly where?: string | undefined;
}

/** An interval of which a bound may be left open. */
export interface OpenInterval {
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
  /** IANA time zone whose days, weeks, months and years are meant. Without it, they are refused. */
  readonly zone?: string | undefined;
}

const READER_OPTIONS: Rules<ReaderOptions> = { signal: optional(SIGNAL), where: optional(TEXT) };
const OPEN_INTERVAL: Rules<OpenInterval> = {
  from: optional(ANYTHING),
  to: optional(ANYTHING),
  zone: optional(TEXT),
};

/** A scope with its sums over an interval. */
export interface ScopeTotals {
  readonly scope: Scope;
  readonly totals: Tally;
}

/**
 * Reads what is stored, with what is known of it: the one way to a number that people see. The command line and the
 * HTTP service read through it.
 *
 * A store has no row of a user, machine, group, experiment or host for an hour in which nothing of theirs ran, nor for
 * one that nobody looked at. The reader tells these apart by the rows of `ada`: where `ada` has numbers, they used
 * nothing. So their means and coverage come out right, and idle hours are zeros and not gaps.
 *
 * A reader is for one report or request: it reads `ada` once for an interval and keeps it.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryUsageStore } from "ada-carbon/memory";
 * import { UsageReader } from "ada-carbon/reports";
 * import { rollup } from "ada-carbon/timeseries";
 *
 * const reader = new UsageReader(memoryUsageStore());
 * const day = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11) };
 * const { busyKwh, hoursMissing } = await reader.totals({ kind: "ada", name: "ada" }, day);
 * assert.deepEqual([busyKwh, hoursMissing], [null, 24]); // not known, which is not 0
 *
 * const hourly = async () => rollup(await reader.series({ kind: "user", name: "amara" }, day), day, "hour");
 * await assert.rejects(hourly, /user:amara has no stored hour in the store; no user is stored there/);
 */
export class UsageReader {
  readonly #stored: StoredUsage;
  readonly #where: string;

  constructor(store: UsageStore, options: ReaderOptions = {}) {
    assertArgument("UsageReader", "store", store, USAGE_STORE);
    assertOptions("UsageReader", options, READER_OPTIONS);
    const { signal, where = "the store" } = options;
    this.#stored = new StoredUsage(store, signal);
    this.#where = where;
  }

  /**
   * The hours of a scope in the interval, those in which it was idle among them. A bound that is left out is the
   * scope's own first or last stored hour.
   *
   * Rejects with `bad-input` for what is no scope, and with {@link UnknownScopeError} (`no-data`) for one of which
   * nothing was ever stored.
   */
  async series(scope: Scope, interval: OpenInterval = {}): Promise<UsageSeries> {
    assertScope(scope);
    assertOptions("series", interval, OPEN_INTERVAL);
    const boundOf = (name: "from" | "to"): number | undefined =>
      interval[name] === undefined ? undefined : momentOf(interval[name], interval.zone, name);
    const [from, to] = [boundOf("from"), boundOf("to")];
    const stored = await this.#stored.read(scope, { from: from ?? EVER.from, to: to ?? EVER.to });
    if (stored.hours.length === 0) await this.#assertStored(scope);
    const [first = 0, last = -HOUR_MS] = [stored.hours[0], stored.hours.at(-1)];
    return this.#withIdleHours(stored, { from: from ?? first, to: to ?? last + HOUR_MS });
  }

  /** Sums of a scope over the interval; rejects as {@link UsageReader.series} does. */
  async totals(scope: Scope, interval: GivenPeriod): Promise<Tally> {
    const period = periodOf(interval);
    return tallyOf(await this.series(scope, period), period);
  }

  /**
   * Sums of many scopes, in their order, such as those that `store.scopes("user")` lists; rejects as
   * {@link UsageReader.series} does for one of which nothing was ever stored.
   */
  async totalsOfEach(scopes: readonly Scope[], interval: GivenPeriod): Promise<ScopeTotals[]> {
    assertArgument("totalsOfEach", "scopes", scopes, LIST);
    const period = periodOf(interval);
    return eachScope(scopes, async (scope) => ({ scope, totals: await this.totals(scope, period) }));
  }

  /** What `work` makes of the hours of each scope, in their order. A few are in memory at a time. */
  async eachSeries<T>(
    scopes: readonly Scope[],
    interval: OpenInterval,
    work: (series: UsageSeries) => T,
  ): Promise<T[]> {
    assertArgument("eachSeries", "scopes", scopes, LIST);
    assertOptions("eachSeries", interval, OPEN_INTERVAL);
    assertArgument("eachSeries", "work", work, CALLBACK);
    return eachScope(scopes, async (scope) => work(await this.series(scope, interval)));
  }

  /** The scopes of a kind that have rows in the interval, by name. */
  async scopesIn(kind: ScopeKind, interval: GivenPeriod): Promise<Scope[]> {
    assertKind(kind);
    const series = await this.#stored.readKind(kind, periodOf(interval));
    return series.map(({ scope }) => scope).sort((a, b) => byCodeUnit(a.name, b.name));
  }

  /** Several projects as one, such as those of a site. One of which nothing is stored is not known in any hour. */
  async projects(names: readonly string[], given: GivenPeriod): Promise<UsageSeries> {
    assertArgument("projects", "names", names, TEXTS);
    const interval = periodOf(given);
    const scopes = [...new Set(names)].map((name): Scope => ({ kind: "project", name }));
    const projects = await eachScope(scopes, (scope) => this.#stored.read(scope, interval));
    return sumProjects(projects, await unseenCpuSeconds(this.#stored, projects));
  }

  /**
   * What each owner of a kind used in a place, such as the projects of a site. The rows of every host are read for it,
   * but for the projects themselves. What the owners do not add up to is of hosts whose owners were not stored.
   */
  async ownersOf(place: Place, kind: PartKind, given: GivenPeriod): Promise<UsageSeries[]> {
    return (await this.ownersOfKinds(place, [kind], given)).get(kind) ?? [];
  }

  /** {@link UsageReader.ownersOf} several kinds: the rows of hosts are read once for all of them. */
  async ownersOfKinds<Kind extends PartKind>(
    place: Place,
    kinds: readonly Kind[],
    given: GivenPeriod,
  ): Promise<Map<Kind, UsageSeries[]>> {
    assertPlace("ownersOf", place, kinds);
    const interval = periodOf(given);
    const isWhole = (kind: PartKind): boolean =>
      kind === "project" && place.every((scope) => scope.kind === "project");
    const inHosts = kinds.filter((kind) => !isWhole(kind));
    const parts = inHosts.length === 0 ? [] : await ownersOfPlace(this.#stored, place, inHosts, interval);
    const ada = await this.#stored.ada(interval);
    const owners = new Map<Kind, UsageSeries[]>();
    for (const [kind, series] of parts)
      owners.set(
        kind,
        series.map((part) => partWithIdleHours(part, ada)),
      );
    for (const kind of kinds.filter(isWhole)) owners.set(kind, await this.#projectsIn(place, interval));
    return owners;
  }

  /** What was used in a place by type of machine, or by host; empty where no hosts are stored. */
  async partsOf(place: Place, kind: PartKind, given: GivenPeriod): Promise<UsageSeries[]> {
    assertPlace("partsOf", place, [kind]);
    const interval = periodOf(given);
    return (await ownersOfPlace(this.#stored, place, [kind], interval)).get(kind) ?? [];
  }

  /**
   * Somebody's part of a host: the hours in which they had it, and those with the hours in which they had not.
   * `undefined` where nothing is stored of it.
   */
  async hostPart(
    place: Place,
    given: GivenPeriod,
  ): Promise<{ readonly had: UsageSeries; readonly all: UsageSeries } | undefined> {
    assertPlace("hostPart", place, []);
    const interval = periodOf(given);
    const parts = await partsInPlace(this.#stored, place, "host", interval);
    const [had] = parts.toSorted((a, b) => b.hours.length - a.hours.length);
    return had && { had, all: partWithIdleHours(had, await this.#stored.ada(interval)) };
  }

  /**
   * Mean intensity of the stored hours, grams per kWh; `null` where none has one, or their grams count different things.
   *
   * @param projects Those of one grid, where the cloud spans several; without, all hours are looked at.
   */
  async usualIntensity(interval: GivenPeriod, projects: readonly string[] = []): Promise<number | null> {
    assertArgument("usualIntensity", "projects", projects, TEXTS);
    const period = periodOf(interval);
    const named = projects.map((name): Scope => ({ kind: "project", name }));
    const looked =
      named.length === 0 ? [await this.#stored.ada(period)] : await this.#projectsIn(named, period);
    if (looked.some((series) => isOfTwoBases(basesOfRows(series, 0, series.hours.length)))) return null;
    const known = looked.flatMap(({ gco2eqPerKwh }) =>
      [...gco2eqPerKwh].filter((grams) => !Number.isNaN(grams)),
    );
    return known.length === 0 ? null : known.reduce((sum, grams) => sum + grams, 0) / known.length;
  }

  /** The stored projects that are named, or all of them. */
  async #projectsIn(named: Place, interval: Interval): Promise<UsageSeries[]> {
    const wanted = (await this.#stored.scopes("project")).filter(
      ({ name }) => named.length === 0 || named.some((scope) => scope.name === name),
    );
    return eachScope(wanted, (scope) => this.#stored.read(scope, interval));
  }

  async #withIdleHours(series: UsageSeries, interval: Interval): Promise<UsageSeries> {
    return isSparse(series.scope.kind) ? withIdleHours(series, await this.#stored.ada(interval)) : series;
  }

  /** Nothing of `ada` may be stored yet, but nobody can have misspelt its name. */
  async #assertStored(scope: Scope): Promise<void> {
    if (scope.kind === "ada") return;
    const stored = await this.#stored.scopes(scope.kind);
    if (!stored.some((known) => formatScope(known) === formatScope(scope)))
      throw new UnknownScopeError(scope, stored, this.#where);
  }
}

function assertPlace(caller: string, place: Place, kinds: readonly PartKind[]): void {
  assertArgument(caller, "place", place, LIST);
  assertArgument(caller, "kinds", kinds, LIST);
  for (const scope of place) assertScope(scope);
  for (const kind of kinds) assertKind(kind);
}

/**
 * What was expected of projects in the hours in which one of several has no numbers, by the rows of their hosts. These
 * are read only if there is such an hour.
 */
async function unseenCpuSeconds(
  stored: StoredUsage,
  projects: readonly UsageSeries[],
): Promise<UnseenCpuSeconds> {
  const hours = hoursWithout(projects);
  if (projects.length < 2 || hours.length === 0) return () => undefined;
  const hosts = await stored.readKind("host", spanOf(hours));
  const ada = await stored.ada(spanOf(hours));
  const place = projects.map(({ scope }) => scope);
  const sums = [...sumsOfScopes(hostHours(hosts, ada, hours), ownersInPlace(place, "project"), [])];
  const columns = new Map(sums.map(({ scope, columns: { expected } }) => [scope.name, expected]));
  const indexOf = new Map<number, number>(hours.map((hour, t) => [hour, t]));
  return (project, hour) => {
    const expected = numberAt(columns.get(project) ?? new Float64Array(), indexOf.get(hour) ?? -1);
    return Number.isNaN(expected) ? undefined : expected;
  };
}

/** Hours in which a project has a row without numbers. */
function hoursWithout(projects: readonly UsageSeries[]): FinishedHour[] {
  const hours = projects.flatMap(({ hours: all, busyCpuSeconds }) =>
    all.filter((_, row) => Number.isNaN(numberAt(busyCpuSeconds, row))),
  );
  return [...new Set(hours)].sort((a, b) => a - b);
}
