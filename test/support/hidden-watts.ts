import type { MachineLoad, MeteredLoad } from "../../src/calibration/loads.js";
import { HOUR_MS, type Hour } from "../../src/usage/hour.js";
import { randomNumbers } from "../../torture/random-numbers.js";

// Meters over machines whose watts are known to the test alone.

/** Watts of a core. */
export const HIDDEN: Readonly<Record<string, { readonly busy: number; readonly idle: number }>> = {
  "Artemis (Matlab)": { busy: 9, idle: 2 },
  Muon: { busy: 6.5, idle: 1.5 },
  "WISH single crystal": { busy: 12, idle: 2.6 },
};
export const HIDDEN_FLOOR = 150;

export interface RigOptions {
  readonly seed: number;
  readonly meters?: number;
  readonly days?: number;
  /** Standard deviation of what a meter shows, as a share. */
  readonly noise?: number;
  readonly floorWatts?: number;
  /** Virtual machines of each type under a hypervisor; each is up half of the time. */
  readonly machinesOfType?: number;
}

/** Hypervisors under which virtual machines of 8 or 16 cores come and go, and work now and then. */
export function hiddenRig(options: RigOptions): MeteredLoad[] {
  const {
    seed,
    meters = 40,
    days = 30,
    noise = 0.03,
    floorWatts = HIDDEN_FLOOR,
    machinesOfType = 2,
  } = options;
  const draw = randomNumbers(seed);
  const hours = Array.from({ length: days * 24 }, (_, t) => (Date.UTC(2025, 8, 1) + t * HOUR_MS) as Hour);
  return Array.from({ length: meters }, (_, index): MeteredLoad => {
    const machines = Object.keys(HIDDEN).map((machine) => {
      const load = {
        machine,
        busyCoreHours: new Float64Array(hours.length),
        idleCoreHours: new Float64Array(hours.length),
      };
      for (let vm = 0; vm < machinesOfType; vm++) addMachine(load, draw);
      return load;
    });
    const kwh = Float64Array.from(
      hours,
      (_, t) => (wattsOf(machines, t, floorWatts) / 1000) * (1 + noise * normal(draw)),
    );
    return { meter: `hv-${index + 1}`, kind: "hypervisor", spread: null, hours, kwh, machines };
  });
}

/** What is taken in an hour, without noise. */
function wattsOf(machines: readonly MachineLoad[], t: number, floorWatts: number): number {
  return machines.reduce((sum, { machine, busyCoreHours, idleCoreHours }) => {
    const { busy = 0, idle = 0 } = HIDDEN[machine] ?? {};
    return sum + busy * (busyCoreHours[t] ?? 0) + idle * (idleCoreHours[t] ?? 0);
  }, floorWatts);
}

/** A machine that comes and goes every other day or so, and is busier at some times than at others. */
function addMachine({ busyCoreHours, idleCoreHours }: MachineLoad, draw: () => number): void {
  const cores = draw() < 0.5 ? 8 : 16;
  let isUp = draw() < 0.5;
  let level = draw();
  for (let t = 0; t < busyCoreHours.length; t++) {
    if (draw() < 1 / 36) isUp = !isUp;
    if (draw() < 1 / 8) level = draw();
    if (!isUp) continue;
    busyCoreHours[t] = (busyCoreHours[t] ?? 0) + cores * level;
    idleCoreHours[t] = (idleCoreHours[t] ?? 0) + cores * (1 - level);
  }
}

/** Of a normal distribution (Box and Muller). */
export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
