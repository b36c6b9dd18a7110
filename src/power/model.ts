import type { ModePolicy } from "../usage/modes.js";
import { numberFrom, port, type Rule } from "../usage/options.js";
import { withMeters } from "../usage/provenance.js";

/** CPU-seconds of one host in one hour. */
export interface CpuSeconds {
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
}

/** Electricity of one host in one hour, kWh. */
export interface Energy {
  readonly busyKwh: number;
  readonly idleKwh: number;
}

/** What a model may need to know besides CPU-seconds. */
export interface PowerContext {
  /** Machine name (type of workspace), where known. */
  readonly machine: string | null;
  /** Start of the hour, UTC milliseconds. */
  readonly hour: number;
}

/** Hosts that have meters of their own. */
export interface EnergyMeters {
  /**
   * Names the meters and what they read in an hour, in one line that begins with `METERED`: the provenance of
   * host-hours that were metered. Other readings have another name. `null` where they read nothing.
   */
  idOf(hour: number): string | null;
  /** kWh of a host in an hour; NaN where it was not metered. */
  kwh(host: string, hour: number): number;
}

/** Turns CPU-seconds into electricity. Pure: the same input gives the same energy for ever. */
export interface PowerModel {
  /** Model, version and constants in one line; kept with every number that it estimated as its provenance. */
  readonly id: string;
  /** Which CPU modes are busy and which idle. */
  readonly modes: ModePolicy;
  /** Whether the model knows this machine, and does not estimate it as any other. Not given: it treats all alike. */
  readonly isKnown?: ((machine: string | null) => boolean) | undefined;
  /** Hosts whose energy is not estimated, where they are told apart. Not given: none. */
  readonly meters?: EnergyMeters | undefined;
  /** kWh of a host's CPU-seconds in an hour. */
  energy(cpu: CpuSeconds, context: PowerContext): Energy;
}

/** What all host-hours of an hour rest on: the model, and what meters read where it knows some. */
export function modelOfHour({ id, meters }: PowerModel, hour: number): string {
  return withMeters(meters?.idOf(hour) ?? null, id);
}

/** What an option must be that is the power usage effectiveness of a building. */
export const PUE: Rule = numberFrom(1);

/** What an option must be that is such a model. */
export const POWER_MODEL: Rule = port("PowerModel", ["energy"], "id");
