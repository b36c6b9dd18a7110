import type { CallOptions } from "../stores/call-options.js";
import type { UsageStore } from "../stores/usage-store.js";
import { dayEntry } from "../timeseries/documents/day-entry.js";
import type { EstimatedUsageDayEntry } from "../timeseries/documents/day-entry-shape.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatInstant } from "../usage/hour.js";
import {
  at,
  emptySeries,
  type MutableSeries,
  QUANTITIES,
  type Quantity,
  type UsageSeries,
} from "../usage/series.js";

/**
 * A UTC day of a project as the `EstimatedUsageDayEntry` document, with one entry for each of its machines,
 * which are summed from the stored rows of hosts. Rejects with `no-data` if the project has no row that day.
 *
 * @param day Start of the UTC day, milliseconds.
 */
export async function readDayEntry(
  store: UsageStore,
  project: string,
  day: number,
  options: CallOptions = {},
): Promise<EstimatedUsageDayEntry> {
  const interval = { from: day, to: day + DAY_MS };
  const all = await store.read({ kind: "project", name: project }, interval, options);
  if (all.hours.length === 0) {
    const when = formatInstant(day).slice(0, 10);
    throw new AdaCarbonError(
      "no-data",
      `the project ${JSON.stringify(project)} has no stored hour on ${when}`,
    );
  }
  const machines = new Map<string, MutableSeries>();
  for (const scope of await store.scopes("host", options)) {
    addHost(machines, all, await store.read(scope, interval, options));
  }
  return dayEntry({ project, day, all, machines });
}

/** Adds what a host did for machines of the project to their hours. */
function addHost(machines: Map<string, MutableSeries>, all: UsageSeries, host: UsageSeries): void {
  host.hours.forEach((hour, i) => {
    const t = all.hours.indexOf(hour);
    for (const owner of host.provenance[i]?.host?.owners ?? []) {
      if (owner.project !== all.scope.name || t < 0) continue;
      const series = machines.get(owner.machine) ?? absentMachine(all, owner.machine);
      machines.set(owner.machine, series);
      for (const name of QUANTITIES) {
        const value = at(host[name], i) * (isBusy(name) ? owner.busyShare : owner.idleShare);
        // A host of which nothing was got adds nothing; the hour is failed only if that is all there is.
        if (Number.isNaN(value)) continue;
        series[name][t] = (at(series[name], t) || 0) + value;
      }
    }
  });
}

/** Hours of a machine that did nothing yet: zero where the project is known, missing where it is not. */
function absentMachine(all: UsageSeries, machine: string): MutableSeries {
  const unknown = { library: "", model: null, intensity: null };
  const series = emptySeries({ kind: "machine", name: machine }, all.hours, unknown);
  for (const name of QUANTITIES) {
    all.hours.forEach((_, t) => {
      if (!Number.isNaN(at(all[name], t))) series[name][t] = 0;
    });
  }
  return series;
}

function isBusy(name: Quantity): boolean {
  return name.startsWith("busy");
}
