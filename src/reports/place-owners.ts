import { RowIndex } from "../rows/row-index.js";
import { eachScope } from "../stores/read-kind.js";
import type { Interval } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import { at, mergeSeries, pickRows, type UsageSeries } from "../usage/series.js";
import type { PartKind, Place } from "./place.js";
import { partsInPlace } from "./place-parts.js";
import type { StoredUsage } from "./stored-usage.js";

/**
 * The owners of a kind in a place, each with rows for the hours in which it had something there. A stored user or machine
 * is a sum over all projects; the rows of hosts say who had which part of them, in which project.
 *
 * An hour in which an owner had nothing elsewhere, seen or unseen, is the stored row: the same number as that of the owner as a whole.
 */
export async function ownersOfPlace(
  stored: StoredUsage,
  place: Place,
  kind: PartKind,
  interval: Interval,
): Promise<UsageSeries[]> {
  const owners = await partsInPlace(stored, place, kind, interval);
  const wholes = await eachScope(
    owners.map(({ scope }) => scope),
    (scope) => stored.read(scope, interval),
  );
  return owners.flatMap((owner, i) => {
    const whole = wholes[i];
    // Where experiments were not told apart, hosts name one, and none is stored.
    return whole === undefined || whole.hours.length === 0 ? [] : [withStoredRows(owner, whole)];
  });
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
      isCoveredAlike(at(atSite.coverage, there), at(whole.coverage, i))
    );
  });
  return mergeSeries(atSite, pickRows(whole, same));
}

/** Hosts of whole CPUs are stored as such, which kernels are not exactly: so far coverage may differ by that alone. */
function isCoveredAlike(a: number, b: number): boolean {
  return Math.abs(a - b) <= CPU_TIME_ERROR || (Number.isNaN(a) && Number.isNaN(b));
}

function usedIn(series: UsageSeries, row: number): number {
  return at(series.busyCpuSeconds, row) + at(series.idleCpuSeconds, row);
}

function isAlike(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return Math.abs(a - b) <= ROUNDING * Math.max(a, b);
}
