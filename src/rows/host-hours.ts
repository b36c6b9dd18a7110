import type { Attribution } from "../attribution/attribution.js";
import type { HourlyIntensity } from "../intensity/hourly.js";
import type { CpuSeconds, Energy, PowerModel } from "../power/model.js";
import type { CpuHours } from "../usage/cpu.js";
import type { IntensityProvenance } from "../usage/provenance.js";

/** Host-hours and whose they were. */
export interface OwnedHours {
  readonly cpu: CpuHours;
  readonly attribution: Attribution;
}

/** Host-hours with their owners, their energy and their carbon: all that rows are made of. */
export interface HostHours extends OwnedHours {
  /** What host `row` used in hour `t`, in which it was there with these CPU-seconds. */
  readonly useOf: (row: number, t: number, cpu: CpuSeconds) => HostUse;
  /** Grams per kWh of each hour; NaN where that is not known, and no row of the hour has carbon then. */
  readonly gco2eqPerKwh: Float64Array;
  /** What the numbers of hour `t` rest on; given an instance, those of that host. */
  readonly basisOf: (t: number, instance: string | undefined) => Basis;
}

/** kWh, and grams where they were counted; without them they are energy times the hour's intensity. */
export interface HostUse extends Energy {
  readonly busyGco2eq?: number | undefined;
  readonly idleGco2eq?: number | undefined;
}

/** `id` of the power model and source of the intensity; `null` where there is no energy, or no carbon. */
export interface Basis {
  readonly model: string | null;
  readonly intensity: IntensityProvenance | null;
}

/** Host-hours whose energy is estimated by a power model. */
export function estimated(
  { cpu, attribution }: OwnedHours,
  power: PowerModel,
  { gco2eqPerKwh, provenance }: HourlyIntensity,
): HostHours {
  // One object for all hours: a model does not keep it.
  const context = { machine: null as string | null, hour: 0 };
  return {
    cpu,
    attribution,
    gco2eqPerKwh,
    useOf(row, t, used) {
      context.machine = cpu.hosts[row]?.machine ?? null;
      context.hour = cpu.hours[t] ?? Number.NaN;
      return power.energy(used, context);
    },
    basisOf: (t) => ({ model: power.id, intensity: provenance[t] ?? null }),
  };
}
