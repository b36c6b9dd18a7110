import { rowsOfScopes } from "../rows/batch.js";
import { type FinishedHour, type Interval, spanOf } from "../usage/hour.js";
import { inPieces } from "../usage/pieces.js";
import { mergeAll, type UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import { hostInPlace, hostsOfPlace, ownersInPlace, type PartKind, type Place } from "./place.js";
import type { StoredUsage } from "./stored-usage.js";

/** Of all hosts a month is read at once, since a store may have to read a file for each. */
export const MONTH_HOURS: number = 31 * 24;
/** So many host-hours are worked on at once, which bounds the memory. */
const MOST_HOST_HOURS = 250_000;
const RULES = { completeAt: 0, fake: false };

/**
 * What each owner of a kind had in a place, hour by hour: made of the rows of hosts, which say who had which part of
 * them. Empty where no hosts are stored.
 */
export async function partsInPlace(
  stored: StoredUsage,
  place: Place,
  kind: PartKind,
  interval: Interval,
): Promise<UsageSeries[]> {
  const ada = await stored.ada(interval);
  const parts: UsageSeries[] = [];
  for (const month of inPieces(ada.hours, MONTH_HOURS)) {
    const hosts = await stored.readHosts(spanOf(month), hostsOfPlace(place));
    parts.push(...partsOfHosts(hosts, place, kind, ada, month));
  }
  return mergedByName(parts);
}

/** The same of hosts whose rows have been read, in a month or less. */
export function partsOfHosts(
  hosts: readonly UsageSeries[],
  place: Place,
  kind: PartKind,
  ada: UsageSeries,
  month: readonly FinishedHour[],
): UsageSeries[] {
  return inPieces(month, Math.ceil(MOST_HOST_HOURS / Math.max(1, hosts.length))).flatMap((hours) =>
    partsInHours(hosts, place, kind, ada, hours),
  );
}

function partsInHours(
  hosts: readonly UsageSeries[],
  place: Place,
  kind: PartKind,
  ada: UsageSeries,
  hours: readonly FinishedHour[],
): UsageSeries[] {
  if (kind !== "host")
    return rowsOfScopes(hostHours(hosts, ada, hours), ownersInPlace(place, kind), [], RULES);
  // Owners do not say of which host they had a part, so each host is looked at by itself.
  return hosts.flatMap((host) =>
    rowsOfScopes(hostHours([host], ada, hours), hostInPlace(place, host.scope), [], RULES),
  );
}

/** The parts of each name as one series. */
export function mergedByName(parts: readonly UsageSeries[]): UsageSeries[] {
  const byName = [...Map.groupBy(parts, ({ scope }) => scope.name).values()];
  return byName.flatMap((named) => {
    const [first, ...more] = named.toSorted((a, b) => (a.hours[0] ?? 0) - (b.hours[0] ?? 0));
    // Parts of one month are of different hosts: hours of them are never the same.
    return first === undefined ? [] : mergeAll([first, ...more]);
  });
}
