import { sumsOfScopes } from "../rows/scope-sums.js";
import { type FinishedHour, spanOf } from "../usage/hour.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import { ownersInPlace } from "./place.js";
import type { StoredUsage } from "./stored-usage.js";
import type { UnseenCpuSeconds } from "./sum-projects.js";

/**
 * What was expected of projects in the hours in which one of several has no numbers, by the rows of their hosts. These
 * are read only if there is such an hour.
 */
export async function unseenCpuSeconds(
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
