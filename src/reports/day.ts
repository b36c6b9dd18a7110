import { rowsOfScopes } from "../rows/batch.js";
import { assertCall, type CallOptions } from "../stores/call-options.js";
import { USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { dayEntry } from "../timeseries/documents/day-entry.js";
import type { EstimatedUsageDayEntry } from "../timeseries/documents/day-entry-shape.js";
import { type Moment, momentOf } from "../timeseries/rollup/given-period.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatInstant } from "../usage/hour.js";
import { assertArgument, TEXT } from "../usage/options.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { emptySeries, mergeSeries, type UsageSeries } from "../usage/series.js";
import { hostHours } from "./host-hours.js";
import { withIdleHours } from "./idle-hours.js";
import { ownersInPlace } from "./place.js";
import { StoredUsage } from "./stored-usage.js";

/**
 * A UTC day of a project as the `EstimatedUsageDayEntry` document, with one entry for each of its machines,
 * which are summed from the stored rows of hosts. Rejects with `no-data` if the project has no row that day.
 *
 * @param day The UTC day: its start, a date such as `2025-09-10`, or a `Temporal.PlainDate`.
 */
export async function readDayEntry(
  store: UsageStore,
  project: string,
  day: Moment,
  options: CallOptions = {},
): Promise<EstimatedUsageDayEntry> {
  assertArgument("readDayEntry", "store", store, USAGE_STORE);
  assertArgument("readDayEntry", "project", project, TEXT);
  assertCall("readDayEntry", options);
  const from = momentOf(day, "UTC", "day");
  const stored = new StoredUsage(store, options.signal);
  const interval = { from, to: from + DAY_MS };
  const all = await stored.read({ kind: "project", name: project }, interval);
  if (all.hours.length === 0) {
    const when = formatInstant(from).slice(0, 10);
    throw new AdaCarbonError(
      "no-data",
      `the project ${JSON.stringify(project)} has no stored hour on ${when}`,
    );
  }
  const hosts = await stored.readKind("host", interval);
  const choice = ownersInPlace([{ kind: "project", name: project }], "machine");
  const rules = { completeAt: 0, fake: false };
  const machines = rowsOfScopes(hostHours(hosts, all, all.hours), choice, [], rules);
  return dayEntry({
    project,
    day: from,
    all,
    machines: new Map(machines.map((machine) => [machine.scope.name, inEveryHour(machine, all)])),
  });
}

/** A machine with a row for each hour of the project: idle where it has none of its own and the project is known. */
function inEveryHour(machine: UsageSeries, project: UsageSeries): UsageSeries {
  const missing = emptySeries(machine.scope, project.hours, NO_PROVENANCE);
  return mergeSeries(missing, withIdleHours(machine, project));
}
