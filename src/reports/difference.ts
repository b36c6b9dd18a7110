import { badInput } from "../usage/errors.js";
import { formatInterval, type Hour, type Interval } from "../usage/hour.js";
import { assertArgument, OBJECT } from "../usage/options.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { KnownSum, sumOf } from "../usage/sum.js";
import { type Amount, CAUSES, type Cause, type Change } from "./change.js";
import { type AroundHour, changesOfHour, knownOf } from "./hour-changes.js";
import type { Statement } from "./statement.js";

/** What one cause, or one thing of it, changed. */
export interface CauseAmount extends Amount {
  /** In how many hours. */
  readonly hours: number;
}

/** All that one cause changed. */
export interface CauseOfChange extends CauseAmount {
  readonly cause: Cause;
  /** By what it was: hosts, models, intensities. The largest first. */
  readonly details: readonly (CauseAmount & { readonly what: string })[];
}

/** An hour that changed, and why. */
export interface ChangedHour extends Amount {
  readonly hour: Hour;
  readonly causes: readonly (Amount & { readonly cause: Cause })[];
}

/** What was said in all, and when; `null` where no hour had a number. */
export interface StatedTotal {
  readonly statedAt: number;
  readonly kwh: number | null;
  readonly gco2eq: number | null;
}

/** Why one statement says something else than another. */
export interface Difference extends CauseAmount {
  readonly scope: Scope;
  readonly interval: Interval;
  readonly from: StatedTotal;
  readonly to: StatedTotal;
  /** The causes that there are, in the order of {@link CAUSES}. They add up to the difference. */
  readonly causes: readonly CauseOfChange[];
  /** The hours that changed, ascending. They add up to the difference, too. */
  readonly changed: readonly ChangedHour[];
}

/**
 * Attributes every kWh and gram between two statements of a scope and interval to one cause:
 *
 * - `hours added`, `hours removed`: hours that have numbers in one of them alone;
 * - `hours repaired`: the CPU-seconds of a host were measured again;
 * - `owners corrected`: the scope's part of a host is another, while the host is the same;
 * - `model changed`: a CPU-second has other kWh, by another model, catalogue or meter;
 * - `intensity revised`: a kWh has other grams;
 * - `carbon became known`, `carbon no longer known`: the grams of hours that have them in one of the two alone;
 * - `not told apart`: more than one of these, of a host that the scope has no part of any more, or of hours whose hosts the
 *   statements do not hold.
 *
 * @throws {AdaCarbonError} `bad-input` where they are not of the same scope, interval and basis.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { differenceOf, type Statement } from "ada-carbon/reports";
 *
 * const hour = Date.UTC(2025, 8, 10) as Statement["hours"][number]["hour"];
 * const measured = { busyCpuSeconds: 3600, idleCpuSeconds: 0, busyKwh: 0.012, idleKwh: 0, idleGco2eq: 0 };
 * const known = { coverage: 1, model: "per-core/1 busy=12W", cloudCpuSeconds: 3600, hosts: [] };
 * const said = (gco2eqPerKwh: number): Statement => ({
 *   ...{ library: "0.1.0", statedAt: Date.now(), scope: { kind: "ada", name: "ada" }, measured: [] },
 *   interval: { from: hour, to: hour + 3_600_000 },
 *   hours: [{
 *     ...{ hour, status: "processed", ...measured, ...known, gco2eqPerKwh },
 *     busyGco2eq: 0.012 * gco2eqPerKwh,
 *     intensity: { kind: "actual", source: "gb-carbon-intensity/national", basis: null },
 *   }],
 * });
 * const { causes, gco2eq } = differenceOf(said(100), said(150));
 * assert.deepEqual(causes.map(({ cause }) => cause), ["intensity revised"]);
 * assert(Math.abs(gco2eq - 0.6) < 1e-12);
 */
export function differenceOf(from: Statement, to: Statement): Difference {
  for (const statement of [from, to]) assertArgument("differenceOf", "a statement", statement, OBJECT);
  assertComparable(from, to);
  const [before, after] = [byHour(from), byHour(to)];
  const around: AroundHour = {
    kind: from.scope.kind,
    wasMeasured: measuredIn(from),
    isMeasured: measuredIn(to),
    hadHosts: holdsHosts(from),
    hasHosts: holdsHosts(to),
  };
  const hours = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  const changes = hours.flatMap((hour) =>
    changesOfHour(before.get(hour), after.get(hour), around)
      .filter(({ kwh, gco2eq }) => kwh !== 0 || gco2eq !== 0)
      .map((change): HourChange => ({ ...change, hour })),
  );
  return {
    ...{ scope: from.scope, interval: from.interval, from: totalOf(from), to: totalOf(to) },
    ...causeAmountOf(changes),
    causes: grouped(changes, ({ cause }) => cause)
      .map(([cause, some]) => ({ cause, ...causeAmountOf(some), details: detailsOf(some) }))
      .sort((a, b) => CAUSES.indexOf(a.cause) - CAUSES.indexOf(b.cause)),
    changed: grouped(changes, ({ hour }) => hour).map(([hour, ofHour]) => ({
      ...{ hour, ...amountOf(ofHour) },
      causes: grouped(ofHour, ({ cause }) => cause).map(([cause, some]) => ({ cause, ...amountOf(some) })),
    })),
  };
}

interface HourChange extends Change {
  readonly hour: Hour;
}

function assertComparable(from: Statement, to: Statement): void {
  const differs = (what: string, was: string, is: string, hint: string): void => {
    if (was === is) return;
    const text = `the statements are of different ${what}: the first of ${was}, the second of ${is}; ${hint}`;
    throw badInput(text);
  };
  const again = "make one again of the same scope, from and to";
  differs("scopes", formatScope(from.scope), formatScope(to.scope), again);
  differs("intervals", formatInterval(from.interval), formatInterval(to.interval), again);
  const [was, is] = [basesOf(from), basesOf(to)];
  if (was !== "" && is !== "")
    differs("bases", was, is, "their grams count other things, so that a difference of them says nothing");
}

/** What the grams of a statement count. */
function basesOf({ hours }: Statement): string {
  return [...new Set(hours.flatMap(({ intensity }) => intensity?.basis ?? []))].sort().join(", and ");
}

function byHour({ hours }: Statement): Map<Hour, Statement["hours"][number]> {
  return new Map(hours.map((stated) => [stated.hour, stated]));
}

function measuredIn({ measured }: Statement): (host: string, hour: Hour) => boolean {
  const spansOf = new Map(measured.map(({ host, spans }) => [host, spans]));
  return (host, hour) => spansOf.get(host)?.some(({ from, to }) => from <= hour && hour < to) === true;
}

function holdsHosts({ measured }: Statement): (hour: Statement["hours"][number]) => boolean {
  return ({ hosts, hour, cloudCpuSeconds }) =>
    hosts.length > 0 ||
    cloudCpuSeconds === 0 ||
    measured.some(({ spans }) => spans.some(({ from, to }) => from <= hour && hour < to));
}

function totalOf({ statedAt, hours }: Statement): StatedTotal {
  const [kwh, gco2eq] = [new KnownSum(), new KnownSum()];
  for (const known of hours.map(knownOf)) {
    kwh.add(known.kwh ?? Number.NaN);
    gco2eq.add(known.gco2eq ?? Number.NaN);
  }
  return { statedAt, kwh: kwh.value, gco2eq: gco2eq.value };
}

function amountOf(amounts: readonly Amount[]): Amount {
  return { kwh: sumOf(amounts.map(({ kwh }) => kwh)), gco2eq: sumOf(amounts.map(({ gco2eq }) => gco2eq)) };
}

function causeAmountOf(changes: readonly HourChange[]): CauseAmount {
  return { hours: new Set(changes.map(({ hour }) => hour)).size, ...amountOf(changes) };
}

function detailsOf(changes: readonly HourChange[]): CauseOfChange["details"] {
  const size = ({ kwh, gco2eq }: Amount): number => Math.abs(gco2eq) || Math.abs(kwh);
  return grouped(changes, ({ what }) => what)
    .filter(([what]) => what !== "")
    .map(([what, some]) => ({ what, ...causeAmountOf(some) }))
    .sort((a, b) => size(b) - size(a));
}

function grouped<T, Key>(list: readonly T[], keyOf: (one: T) => Key): [Key, T[]][] {
  return [...Map.groupBy(list, keyOf)];
}
