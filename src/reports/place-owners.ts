import { RowIndex } from "../rows/row-index.js";
import { eachScope } from "../stores/read-kind.js";
import { type Interval, spanOf } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import type { Scope } from "../usage/scope.js";
import { mergeSeries, numberAt, pickRows, type UsageSeries } from "../usage/series.js";
import { hostsOfPlace, type PartKind, type Place } from "./place.js";
import { partsInPlace } from "./place-parts.js";
import type { StoredUsage } from "./stored-usage.js";
import { type OwnerFound, WholeOwners } from "./whole-owners.js";

/**
 * The owners of each kind in a place, each with rows for the hours in which it had something there. A stored user or
 * machine is a sum over all projects; the rows of hosts, which are looked at once for all kinds, say who had which part
 * of them, in which project.
 *
 * An hour in which an owner had nothing elsewhere, seen or unseen, is the stored row: the same number as that of the owner as a whole.
 */
export async function ownersOfPlace<Kind extends PartKind>(
  stored: StoredUsage,
  place: Place,
  kinds: readonly Kind[],
  interval: Interval,
): Promise<Map<Kind, UsageSeries[]>> {
  const { hours } = await stored.ada(interval);
  const found = kinds.map((kind) => ({ kind, owners: new WholeOwners(place, kind, hours) }));
  if (hours.length > 0)
    await stored.eachHost(spanOf(hours), hostsOfPlace(place), (host) => {
      for (const { owners } of found) owners.add(host);
    });
  const series = new Map<Kind, UsageSeries[]>();
  for (const { kind, owners } of found)
    series.set(kind, await seriesOfOwners(owners.found, stored, place, kind, interval));
  return series;
}

async function seriesOfOwners(
  found: readonly OwnerFound[],
  stored: StoredUsage,
  place: Place,
  kind: PartKind,
  interval: Interval,
): Promise<UsageSeries[]> {
  const wholes = await eachScope(
    found.map(({ name }): Scope => ({ kind, name })),
    (scope) => stored.read(scope, interval),
  );
  const isWhole = found.map((owner, i) => wholes[i] !== undefined && owner.isAllOf(wholes[i]));
  const others = found.filter((_, i) => isWhole[i] !== true);
  const wholeOf = new Map(wholes.map((whole) => [whole.scope.name, whole]));
  return [
    ...wholes.filter((whole, i) => isWhole[i] === true && whole.hours.length > 0),
    ...(await partsOf(others, stored, place, kind, interval)).flatMap((part) => {
      const whole = wholeOf.get(part.scope.name);
      // Where experiments were not told apart, hosts name one, and none is stored.
      return whole === undefined || whole.hours.length === 0 ? [] : [withStoredRows(part, whole)];
    }),
  ];
}

/** The parts of owners that have something elsewhere, too, made of the rows of their hosts. */
async function partsOf(
  owners: readonly OwnerFound[],
  stored: StoredUsage,
  place: Place,
  kind: PartKind,
  interval: Interval,
): Promise<UsageSeries[]> {
  if (owners.length === 0) return [];
  const names = new Set(owners.map(({ name }) => name));
  const hosts = new Set(owners.flatMap((owner) => [...owner.hosts]));
  const parts = await partsInPlace(
    stored,
    [
      ...place.filter((scope) => scope.kind !== "host"),
      ...[...hosts].map((name): Scope => ({ kind: "host", name })),
    ],
    kind,
    interval,
  );
  return parts.filter(({ scope }) => names.has(scope.name));
}

/** Less than this (relative) is rounding. */
const ROUNDING = 1e-9;

/** The hours at a site, with the row of the whole where that is as much: then it is the same to the last bit. */
function withStoredRows(atSite: UsageSeries, whole: UsageSeries): UsageSeries {
  const rows = new RowIndex(atSite);
  const same = [...whole.hours.keys()].filter((i) => {
    const hour = whole.hours[i];
    const there = hour === undefined ? undefined : rows.row(hour);
    return (
      there !== undefined &&
      isAlike(usedIn(atSite, there), usedIn(whole, i)) &&
      isCoveredAlike(numberAt(atSite.coverage, there), numberAt(whole.coverage, i))
    );
  });
  return mergeSeries(atSite, pickRows(whole, same));
}

/** Hosts of whole CPUs are stored as such, which kernels are not exactly: so far coverage may differ by that alone. */
function isCoveredAlike(a: number, b: number): boolean {
  return Math.abs(a - b) <= CPU_TIME_ERROR || (Number.isNaN(a) && Number.isNaN(b));
}

function usedIn(series: UsageSeries, row: number): number {
  return numberAt(series.busyCpuSeconds, row) + numberAt(series.idleCpuSeconds, row);
}

function isAlike(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= ROUNDING * Math.max(a, b);
}
