import { type HostTable, placeOfHost } from "../client/hosts.js";
import type { Machine } from "../scrapes/machines.js";
import type { InstanceScrapes } from "../scrapes/read-scrapes.js";
import type { GroupHours } from "./clean-hours.js";

/** The raw samples of a group to which something happened, and the machines that they are of. */
export interface ScrapedGroup {
  readonly of: GroupHours;
  readonly own: InstanceScrapes;
  readonly machines: readonly Machine[];
}

/**
 * Each machine in one group alone. A host of one project that was not seen in the chunk has a group of its own, and its
 * samples are also among those of the other hosts of its instance label: there it may turn out to be one of these under
 * other labels, and then its own group has nothing.
 *
 * @param isTwin Whether a group turned out to be another host of the chunk.
 */
export function eachMachineOnce(
  scraped: readonly ScrapedGroup[],
  isTwin: (of: GroupHours) => boolean,
  { hosts }: HostTable,
): ScrapedGroup[] {
  const placeOfRow = (row: number): string => placeOfHost(hosts[row] ?? { instance: "", project: "" });
  const ofAllProjects = scraped.filter(({ of }) => of.onlyProject === undefined);
  const alone = new Set<string>();
  const kept = scraped.map((group) => {
    const { of, machines } = group;
    if (of.onlyProject === undefined) return group;
    const places = new Set(machines.flatMap(({ rows }) => rows).map(placeOfRow));
    const isMixed = ({ rows }: Machine): boolean =>
      rows.some((row) => places.has(placeOfRow(row))) && !rows.every((row) => places.has(placeOfRow(row)));
    if (isTwin(of) || ofAllProjects.some((other) => other.machines.some(isMixed)))
      return { ...group, machines: [] };
    for (const place of places) alone.add(place);
    return group;
  });
  const isElsewhere = ({ rows }: Machine): boolean => rows.every((row) => alone.has(placeOfRow(row)));
  return kept.map((group) =>
    group.of.onlyProject === undefined
      ? { ...group, machines: group.machines.filter((machine) => !isElsewhere(machine)) }
      : group,
  );
}
