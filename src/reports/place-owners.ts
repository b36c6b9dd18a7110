import { RowIndex } from "../rows/row-index.js";
import { Breaks } from "../usage/breaks.js";
import { type FinishedHour, type Interval, spanOf } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import { mergeSeries, numberAt, rowsWhere, type UsageSeries } from "../usage/series.js";
import { hostsOfPlace, type PartKind, type Place } from "./place.js";
import { mergedByName, partsOfHosts } from "./place-parts.js";
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
  const ada = await stored.ada(interval);
  const parts = new Map(kinds.map((kind): [Kind, UsageSeries[]] => [kind, []]));
  if (ada.hours.length > 0)
    await stored.eachWindow(spanOf(ada.hours), hostsOfPlace(place), async (hosts, window) => {
      for (const [kind, found] of parts)
        found.push(...(await ownersIn(window, stored, hosts, ada, place, kind)));
    });
  return new Map([...parts].map(([kind, found]) => [kind, mergedByName(found)]));
}

/** The owners in one window of time, of which the rows of hosts are in memory. */
async function ownersIn(
  window: Interval,
  stored: StoredUsage,
  hosts: readonly UsageSeries[],
  ada: UsageSeries,
  place: Place,
  kind: PartKind,
): Promise<UsageSeries[]> {
  const hours = ada.hours.filter((hour) => hour >= window.from && hour < window.to);
  const owners = new WholeOwners(place, kind, hours);
  const breaks = new Breaks();
  for (const host of hosts) {
    owners.add(host);
    await breaks.takeIfDue();
  }
  const { found } = owners;
  const wholes = await stored.readNamed(
    kind,
    found.map(({ name }) => name),
    window,
  );
  const isWhole = found.map((owner, i) => wholes[i] !== undefined && owner.isAllOf(wholes[i]));
  const others = found.filter((_, i) => isWhole[i] !== true);
  const wholeOf = new Map(wholes.map((whole) => [whole.scope.name, whole]));
  return [
    ...wholes.filter((whole, i) => isWhole[i] === true && whole.hours.length > 0),
    ...partsOf(others, hosts, ada, place, kind, hours).flatMap((part) => {
      const whole = wholeOf.get(part.scope.name);
      // Where experiments were not told apart, hosts name one, and none is stored.
      return whole === undefined || whole.hours.length === 0 ? [] : [withStoredRows(part, whole)];
    }),
  ];
}

/** The parts of owners that have something elsewhere, too, made of the rows of their hosts. */
function partsOf(
  owners: readonly OwnerFound[],
  hosts: readonly UsageSeries[],
  ada: UsageSeries,
  place: Place,
  kind: PartKind,
  hours: readonly FinishedHour[],
): UsageSeries[] {
  if (owners.length === 0) return [];
  const names = new Set(owners.map(({ name }) => name));
  const theirs = new Set(owners.flatMap((owner) => [...owner.hosts]));
  const looked = hosts.filter(({ scope }) => theirs.has(scope.name));
  return partsOfHosts(looked, place, kind, ada, hours).filter(({ scope }) => names.has(scope.name));
}

/** Less than this (relative) is rounding. */
const ROUNDING = 1e-9;

/** The hours at a site, with the row of the whole where that is as much: then it is the same to the last bit. */
function withStoredRows(atSite: UsageSeries, whole: UsageSeries): UsageSeries {
  const rows = new RowIndex(atSite);
  const same = rowsWhere(whole, (hour, i) => {
    const there = rows.row(hour);
    return (
      there !== undefined &&
      isAlike(usedIn(atSite, there), usedIn(whole, i)) &&
      isCoveredAlike(numberAt(atSite.coverage, there), numberAt(whole.coverage, i))
    );
  });
  return mergeSeries(atSite, same);
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
