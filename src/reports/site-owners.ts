import { rowsOfScopes } from "../rows/batch.js";
import { RowIndex } from "../rows/row-index.js";
import { ownersIn } from "../rows/scope-sums.js";
import { type Interval, spanOf } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import type { ScopeKind } from "../usage/scope.js";
import { at, mergeAll, mergeSeries, pickRows, type UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import type { StoredUsage } from "./stored-usage.js";

/** The kinds of owner that a host's row names, besides its project. */
export type OwnerKind = Extract<ScopeKind, "machine" | "user" | "group" | "experiment">;

/** Of all hosts a month is read at once, since a store may have to read a file for each. */
const MONTH_HOURS = 31 * 24;
/** So many host-hours are worked on at once, which bounds the memory. */
const MOST_HOST_HOURS = 250_000;

/**
 * The owners of a kind in these projects, each with rows for the hours in which it had something there. A stored user
 * or machine is a sum over all projects; the rows of hosts say who had which part of them, in which project.
 *
 * An hour in which an owner had nothing elsewhere, seen or unseen, is the stored row: the same number as that of the owner as a whole.
 */
export async function ownersInProjects(
  stored: StoredUsage,
  projects: readonly string[],
  kind: OwnerKind,
  interval: Interval,
): Promise<UsageSeries[]> {
  const ada = await stored.ada(interval);
  const choice = ownersIn(new Set(projects), kind);
  const parts: UsageSeries[] = [];
  for (const month of inParts(ada.hours, MONTH_HOURS)) {
    const hosts = await stored.readKind("host", spanOf(month));
    for (const hours of inParts(month, Math.ceil(MOST_HOST_HOURS / Math.max(1, hosts.length))))
      parts.push(...rowsOfScopes(hostHours(hosts, ada, hours), choice, [], { completeAt: 0, fake: false }));
  }
  const byName = [...Map.groupBy(parts, ({ scope }) => scope.name).values()];
  const owners = byName.flatMap(([first, ...more]) =>
    first === undefined ? [] : mergeAll([first, ...more]),
  );
  const wholes = await stored.each(
    owners.map(({ scope }) => scope),
    (scope) => stored.read(scope, interval),
  );
  return owners.flatMap((owner, i) => {
    const whole = wholes[i];
    // Where experiments were not told apart, hosts name one, and none is stored.
    return whole === undefined || whole.hours.length === 0 ? [] : [withStoredRows(owner, whole)];
  });
}

function inParts<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
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
