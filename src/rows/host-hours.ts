import type { Attribution } from "../attribution/attribution.js";
import type { HourlyIntensity } from "../intensity/hourly.js";
import { MOST_CORE_WATTS } from "../power/measured.js";
import type { CpuSeconds, Energy, EnergyMeters, PowerContext, PowerModel } from "../power/model.js";
import type { CpuHours } from "../usage/cpu.js";
import { formatInstant, HOUR_MS } from "../usage/hour.js";
import { AMOUNT, assertArgument, OBJECT } from "../usage/options.js";
import {
  type IntensityProvenance,
  type MarketIntensity,
  partsOfModel,
  withMeters,
} from "../usage/provenance.js";
import { numberAt } from "../usage/series.js";
import { shown } from "../usage/shown.js";

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
  /** What the kWh of each hour were bought as, where there is a market-based ledger. */
  readonly market?: MarketHours | undefined;
  /**
   * Where hosts are of several grids: the intensity of that of host `row`. It then counts in place of `gco2eqPerKwh` and
   * of the intensity of `basisOf`.
   */
  readonly gridOf?: ((row: number) => HourlyIntensity) | undefined;
  /** What the numbers of hour `t` rest on; given an instance, those of that host. */
  readonly basisOf: (t: number, instance: string | undefined) => Basis;
}

/** Of each hour the intensity of what was bought, where that is known. */
export type MarketHours = readonly (MarketIntensity | undefined)[];

/** kWh, and grams where they were counted; without them they are energy times the hour's intensity. */
export interface HostUse extends Energy {
  readonly busyGco2eq?: number | undefined;
  readonly idleGco2eq?: number | undefined;
}

/** What a host used of which nothing was got, or that was not there. */
export const NO_USE: HostUse = { busyKwh: 0, idleKwh: 0, busyGco2eq: 0, idleGco2eq: 0 };
export const NO_CPU_SECONDS: CpuSeconds = { busyCpuSeconds: 0, idleCpuSeconds: 0 };

/** `id` of the power model and source of the intensity; `null` where there is no energy, or no carbon. */
export interface Basis {
  readonly model: string | null;
  readonly intensity: IntensityProvenance | null;
  readonly market?: MarketIntensity | undefined;
}

/** Host-hours whose energy is estimated by a power model, or metered where it knows meters of hosts. */
export function estimated(
  { cpu, attribution }: OwnedHours,
  power: PowerModel,
  { gco2eqPerKwh, provenance }: HourlyIntensity,
  market?: MarketHours,
): HostHours {
  // One object for all hours: a model does not keep it.
  const context = { machine: null as string | null, hour: 0 };
  const estimate: HostHours = {
    cpu,
    attribution,
    gco2eqPerKwh,
    market,
    useOf(row, t, used) {
      context.machine = cpu.hosts[row]?.machine ?? null;
      context.hour = cpu.hours[t] ?? Number.NaN;
      const energy = power.energy(used, context);
      if (!isEnergy(energy)) assertEnergy(energy, used, context, power.id);
      return energy;
    },
    basisOf: (t) => ({ model: power.id, intensity: provenance[t] ?? null }),
  };
  return power.meters === undefined ? estimate : meteredHours(estimate, power.meters);
}

function isEnergy(energy: Energy): boolean {
  if (typeof energy !== "object" || energy === null) return false;
  const { busyKwh, idleKwh } = energy;
  return typeof busyKwh === "number" && typeof idleKwh === "number" && busyKwh >= 0 && idleKwh >= 0;
}

/** Refuses (`bad-input`) what a power model gave; of CPU-seconds that are not known it may know nothing. */
function assertEnergy(energy: Energy, used: CpuSeconds, { machine, hour }: PowerContext, id: string): void {
  if (Number.isNaN(used.busyCpuSeconds + used.idleCpuSeconds)) return;
  const caller = `energy of the power model ${id}, of machine ${shown(machine)} at ${formatInstant(hour)}`;
  assertArgument(caller, "what it gave", energy, OBJECT);
  for (const part of ["busyKwh", "idleKwh"] as const) assertArgument(caller, part, energy[part], AMOUNT);
}

/** Host-hours with the intensity of each project's grid. */
export function withProjectGrids(hosts: HostHours, of: (project: string) => HourlyIntensity): HostHours {
  const grids = hosts.cpu.hosts.map(({ project }) => of(project));
  return { ...hosts, gridOf: (row) => grids[row] ?? NO_GRID };
}

const NO_GRID: HourlyIntensity = { gco2eqPerKwh: new Float64Array(), provenance: [] };

/**
 * Host-hours with the energy that hosts' own meters have of them. The meter is taken as it is, and divided into busy and
 * idle, and among the labels that a host had in the hour, as the estimate is. Hours that a meter has not got, and those
 * in which it has more than any core can take, keep the estimate. A host's hour says by which of the two models it is; a
 * scope of several hosts has both.
 */
export function meteredHours(estimate: HostHours, meters: EnergyMeters): HostHours {
  const { cpu } = estimate;
  const rowsOf = Map.groupBy(cpu.hosts.keys(), (row) => cpu.hosts[row]?.instance ?? "");
  const cellOf = (row: number, t: number): number => row * cpu.hours.length + t;
  const hourOf = (t: number): number => cpu.hours[t] ?? Number.NaN;
  const kwhOf = (instance: string, t: number): number => {
    const kwh = meters.kwh(instance, hourOf(t));
    if (Number.isNaN(kwh)) return kwh;
    const cores = (rowsOf.get(instance) ?? []).reduce((sum, row) => sum + coresOf(cpu, row, t), 0);
    return 1000 * kwh > MOST_CORE_WATTS * cores ? Number.NaN : kwh;
  };
  const estimateOf = (row: number, t: number): HostUse => {
    const cell = cellOf(row, t);
    const busyCpuSeconds = numberAt(cpu.busyCpuSeconds, cell) || 0;
    return estimate.useOf(row, t, {
      busyCpuSeconds,
      idleCpuSeconds: numberAt(cpu.idleCpuSeconds, cell) || 0,
    });
  };
  const firstThere = (rows: readonly number[], t: number): number | undefined =>
    rows.find((row) => numberAt(cpu.expectedCpuSeconds, cellOf(row, t)) > 0) ?? rows[0];
  return {
    ...estimate,
    useOf(row, t, used) {
      const own = estimate.useOf(row, t, used);
      const instance = cpu.hosts[row]?.instance ?? "";
      const kwh = kwhOf(instance, t);
      if (Number.isNaN(kwh)) return own;
      const rows = rowsOf.get(instance) ?? [];
      const uses = rows.length === 1 ? [own] : rows.map((labelled) => estimateOf(labelled, t));
      const estimated = uses.reduce((sum, { busyKwh, idleKwh }) => sum + busyKwh + idleKwh, 0);
      // Nothing was estimated of a host that did nothing: what it took was idle.
      if (estimated === 0) return { busyKwh: 0, idleKwh: row === firstThere(rows, t) ? kwh : 0 };
      return { busyKwh: (own.busyKwh * kwh) / estimated, idleKwh: (own.idleKwh * kwh) / estimated };
    },
    basisOf(t, instance) {
      const basis = estimate.basisOf(t, instance);
      const id = meters.idOf(hourOf(t));
      if (id === null || basis.model === null) return basis;
      if (instance === undefined)
        return { ...basis, model: withMeters(id, partsOfModel(basis.model).estimate) };
      return Number.isNaN(kwhOf(instance, t)) ? basis : { ...basis, model: id };
    },
  };
}

/** Cores of a row in hour `t`, also where it was up for a part of the hour only; 0 where it was not there. */
function coresOf({ hours, expectedCpuSeconds, upFrom, upTo }: CpuHours, row: number, t: number): number {
  const [cell, hour] = [row * hours.length + t, hours[t] ?? Number.NaN];
  const [from, to] = [numberAt(upFrom, cell) || hour, numberAt(upTo, cell) || hour + HOUR_MS];
  return (numberAt(expectedCpuSeconds, cell) || 0) / ((to - from) / 1000) || 0;
}
