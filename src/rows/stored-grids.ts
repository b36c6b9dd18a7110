import type { HourlyIntensity } from "../intensity/hourly.js";
import type { FinishedHour } from "../usage/hour.js";
import type { IntensityProvenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { type HostHours, type HostUse, NO_CPU_SECONDS, withProjectGrids } from "./host-hours.js";
import { RowIndex } from "./row-index.js";
import type { StoredHosts } from "./stored-hosts.js";

/** What rows of a project's hosts rest on, hour by hour. */
interface StoredIntensity extends HourlyIntensity {
  readonly provenance: (IntensityProvenance | null)[];
  /** Whether a host had energy in the hour, and no carbon. */
  readonly isWanting: boolean[];
}

/**
 * Host-hours that were made of stored rows of hosts, with the intensity of each project as these rows have it, where they
 * are of several grids. Else the same object: all hosts have the intensity of the hour.
 *
 * @param stored Energy and carbon as `hostRows` have them, the rows that the host-hours were made of.
 */
export function withStoredGrids(
  hosts: HostHours,
  stored: StoredHosts,
  hostRows: readonly UsageSeries[],
): HostHours {
  const { hours } = hosts.cpu;
  const projects = intensityByProject(stored, hostRows);
  if (!hours.some((_, t) => spansGrids([...projects.values()], t))) return hosts;
  const unknown = noIntensity(hours);
  return withProjectGrids(hosts, (project) => projects.get(project) ?? unknown);
}

function noIntensity(hours: readonly FinishedHour[]): StoredIntensity {
  return {
    gco2eqPerKwh: new Float64Array(hours.length).fill(Number.NaN),
    provenance: hours.map(() => null),
    isWanting: hours.map(() => false),
  };
}

/** The first intensity that any host of a project has in an hour. */
function intensityByProject(
  { cpu, useOf }: StoredHosts,
  hostRows: readonly UsageSeries[],
): ReadonlyMap<string, StoredIntensity> {
  const projects = new Map<string, StoredIntensity>();
  const seriesOf = new Map(hostRows.map((series) => [series.scope.name, series]));
  const rowsOf = Map.groupBy(cpu.hosts.keys(), (row) => cpu.hosts[row]?.instance ?? "");
  cpu.hosts.forEach(({ instance, project }, row) => {
    const intensity = remembered(projects, project, () => noIntensity(cpu.hours));
    const series = seriesOf.get(instance);
    if (series === undefined || !intensity.provenance.includes(null)) return;
    const stored = new RowIndex(series);
    const hasOneProject = new Set(rowsOf.get(instance)?.map((other) => cpu.hosts[other]?.project)).size === 1;
    cpu.hours.forEach((hour, t) => {
      if (intensity.provenance[t] !== null) return;
      const known = stored.provenance(hour)?.intensity ?? null;
      // A host that changed its project within the hour may have been of two grids.
      const value = hasOneProject
        ? stored.value("gco2eqPerKwh", hour)
        : gramsByEnergy(useOf(row, t, NO_CPU_SECONDS));
      if (known === null && numberAt(series.busyKwh, stored.row(hour) ?? -1) > 0)
        intensity.isWanting[t] = true;
      if (known === null || Number.isNaN(value)) return;
      intensity.gco2eqPerKwh[t] = value;
      intensity.provenance[t] = known;
    });
  });
  return projects;
}

function gramsByEnergy({ busyKwh, idleKwh, busyGco2eq, idleGco2eq }: HostUse): number {
  return ((busyGco2eq ?? Number.NaN) + (idleGco2eq ?? Number.NaN)) / (busyKwh + idleKwh);
}

/** Less than this (relative) is rounding. */
const ROUNDING = 1e-9;

/** Whether two projects have carbon of different intensities, or one has it and another that had energy does not. */
function spansGrids(projects: readonly StoredIntensity[], t: number): boolean {
  const known = projects.filter(({ provenance }) => provenance[t] !== null);
  if (
    known.length > 0 &&
    projects.some(({ provenance, isWanting }) => isWanting[t] && provenance[t] === null)
  )
    return true;
  const values = known.map(({ gco2eqPerKwh }) => numberAt(gco2eqPerKwh, t));
  const differ = Math.max(...values) - Math.min(...values) > ROUNDING * Math.max(...values);
  return differ || new Set(known.map(({ provenance }) => provenance[t]?.source)).size > 1;
}
