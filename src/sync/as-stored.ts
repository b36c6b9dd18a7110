import type { HourlyIntensity } from "../intensity/hourly.js";
import type { HostHours } from "../rows/host-hours.js";
import { RowIndex } from "../rows/row-index.js";
import { withStoredGrids } from "../rows/stored-grids.js";
import type { StoredHosts } from "../rows/stored-hosts.js";
import type { CpuHours } from "../usage/cpu.js";
import type { FinishedHour } from "../usage/hour.js";
import { isTracked, partsOfModel } from "../usage/provenance.js";
import { numberAt, rowsWhere, type UsageSeries } from "../usage/series.js";
import type { Status } from "../usage/status.js";
import { Sum } from "../usage/sum.js";

// Stored rows made again of the stored rows of their hosts.

/** Whether the stored hosts are all that `ada` is made of in an hour. */
export function isWhole(ada: RowIndex, hour: FinishedHour, t: number, cpu: CpuHours): boolean {
  const sum = new Sum();
  cpu.hosts.forEach((_, row) => {
    const cell = row * cpu.hours.length + t;
    sum.add((numberAt(cpu.busyCpuSeconds, cell) || 0) + (numberAt(cpu.idleCpuSeconds, cell) || 0));
  });
  const whole = ada.value("busyCpuSeconds", hour) + ada.value("idleCpuSeconds", hour);
  return Math.abs(sum.value - whole) <= 1e-9 * whole;
}

/**
 * Energy as it is stored, with the model it is by. Carbon is energy times intensity; what a tracker counted, poll by
 * poll, stays unless the intensity is looked up.
 *
 * @param isLookedUp Whether the intensity is another than the stored one.
 */
export function asStored(
  stored: StoredHosts,
  hostRows: readonly UsageSeries[],
  ada: RowIndex,
  { gco2eqPerKwh, provenance }: HourlyIntensity,
  isLookedUp: boolean,
): HostHours {
  const { hours } = stored.cpu;
  const models = hours.map((hour) => ada.provenance(hour)?.model ?? "unknown");
  const rowsOf = new Map(hostRows.map((series) => [series.scope.name, new RowIndex(series)]));
  const hosts: HostHours = {
    ...stored,
    useOf(row, t, cpu) {
      const use = stored.useOf(row, t, cpu);
      const { busyKwh, idleKwh } = use;
      return !isLookedUp && isTracked(models[t]) ? use : { busyKwh, idleKwh };
    },
    gco2eqPerKwh,
    basisOf(t, instance) {
      const hour = hours[t];
      const whole = { model: models[t] ?? "unknown", intensity: provenance[t] ?? null };
      if (instance === undefined) return whole;
      const own = hour === undefined ? undefined : rowsOf.get(instance)?.provenance(hour);
      if (own === undefined || own.model === null)
        return { ...whole, model: partsOfModel(whole.model).estimate };
      // A host may be metered where others are estimated, and counted at moments of its own.
      const { model } = own;
      return !isLookedUp && isTracked(model) ? { model, intensity: own.intensity } : { ...whole, model };
    },
  };
  return isLookedUp ? hosts : withStoredGrids(hosts, stored, hostRows);
}

/** The intensity of hours as it is stored. */
export function storedIntensity(hours: readonly FinishedHour[], ada: RowIndex): HourlyIntensity {
  return {
    gco2eqPerKwh: Float64Array.from(hours, (hour) => ada.value("gco2eqPerKwh", hour)),
    provenance: hours.map((hour) => ada.provenance(hour)?.intensity ?? null),
  };
}

/** Coverage under which a row that was not there before counts as incomplete. */
const COMPLETE_AT = 0.99;

/**
 * The rows of the hours in `whole`, with statuses that say of completeness what the stored ones said: a
 * computation does not make up for a download. Rows that are new are judged by their coverage and by `ada`.
 */
export function withStatuses(
  series: UsageSeries,
  old: UsageSeries | undefined,
  ada: RowIndex,
  whole: ReadonlySet<FinishedHour>,
): UsageSeries {
  const picked = rowsWhere(series, (hour) => whole.has(hour));
  const before = old === undefined ? undefined : new RowIndex(old);
  const status = picked.status.map((now, i): Status => {
    const hour = picked.hours[i];
    if (hour === undefined || now === "not downloaded") return now;
    const warned = ada.status(hour) === "download incomplete" && ada.value("coverage", hour) >= COMPLETE_AT;
    const then = before?.status(hour);
    const incomplete =
      then === undefined
        ? warned || numberAt(picked.coverage, i) < COMPLETE_AT
        : then === "download incomplete";
    if (incomplete) return "download incomplete";
    return now === "processed" && ada.status(hour) === "fake" ? "fake" : now;
  });
  return { ...picked, status };
}
