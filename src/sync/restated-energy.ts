import type { HourlyIntensity } from "../intensity/hourly.js";
import type { IntensitySource } from "../intensity/port.js";
import type { EnergyMeters, PowerModel } from "../power/model.js";
import { estimated, type HostHours, meteredHours } from "../rows/host-hours.js";
import { RowIndex } from "../rows/row-index.js";
import type { StoredHosts } from "../rows/stored-hosts.js";
import { isMetered, isTracked, partsOfModel, withMeters } from "../usage/provenance.js";
import type { UsageSeries } from "../usage/series.js";

/** By what stored hours are to have their energy and carbon. What is not given stays as it was stored. */
export interface RestatedBy {
  /** Another power model. What hosts' own meters measured stays, unless `estimateMetered` is set. */
  readonly power?: PowerModel | undefined;
  /** What hosts' own meters have, in place of what is stored; hours that they have not got stay as they were. */
  readonly meters?: EnergyMeters | undefined;
  /** With `power`: hours of hosts that were metered are estimated, too. */
  readonly estimateMetered?: boolean | undefined;
  /** Looks the intensity of every hour up again. */
  readonly intensity?: IntensitySource | undefined;
}

/**
 * Stored host-hours with the energy that they are to have: by meters where there are some now, else as they are stored
 * or by the power model. What meters measured earlier stays, whatever the model, unless it is to be estimated.
 */
export function restatedEnergy(
  stored: StoredHosts,
  hostRows: readonly UsageSeries[],
  options: RestatedBy,
  ada: RowIndex,
  intensity: HourlyIntensity,
): HostHours {
  const { power, meters, estimateMetered } = options;
  const before = asStored(stored, hostRows, options, ada, intensity);
  const anew = power === undefined ? before : estimated(stored, power, intensity);
  const kept = power === undefined || estimateMetered === true ? anew : keepingMetered(anew, before);
  return meters === undefined ? kept : meteredHours(kept, meters);
}

/**
 * Energy as it is stored, with the model it is by. Carbon is energy times intensity; what a tracker counted, poll by
 * poll, stays unless the intensity is looked up.
 */
function asStored(
  stored: StoredHosts,
  hostRows: readonly UsageSeries[],
  { intensity: source }: RestatedBy,
  ada: RowIndex,
  { gco2eqPerKwh, provenance }: HourlyIntensity,
): HostHours {
  const { hours } = stored.cpu;
  const models = hours.map((hour) => ada.provenance(hour)?.model ?? "unknown");
  const rowsOf = new Map(hostRows.map((series) => [series.scope.name, new RowIndex(series)]));
  return {
    ...stored,
    useOf(row, t, cpu) {
      const use = stored.useOf(row, t, cpu);
      const { busyKwh, idleKwh } = use;
      return source === undefined && isTracked(models[t]) ? use : { busyKwh, idleKwh };
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
      return source === undefined && isTracked(model)
        ? { model, intensity: own.intensity }
        : { ...whole, model };
    },
  };
}

/** The estimate, but for hosts' hours that were metered: these stay as they are stored. */
function keepingMetered(estimate: HostHours, stored: HostHours): HostHours {
  const { hosts } = estimate.cpu;
  const modelOf = (t: number, instance: string | undefined): string =>
    stored.basisOf(t, instance).model ?? "";
  return {
    ...estimate,
    useOf: (row, t, cpu) =>
      (isMetered(modelOf(t, hosts[row]?.instance ?? "")) ? stored : estimate).useOf(row, t, cpu),
    basisOf(t, instance) {
      const now = estimate.basisOf(t, instance);
      const model = modelOf(t, instance);
      if (!isMetered(model) || now.model === null) return now;
      return {
        ...now,
        model: instance === undefined ? withMeters(partsOfModel(model).meters, now.model) : model,
      };
    },
  };
}
