import type { Energy, PowerModel } from "../power/model.js";
import type { CpuHours, Host } from "../usage/cpu.js";

/** Energy of host `row` in hour `t`, where it is known already; `undefined` leaves it to the power model. */
export type KnownEnergy = (row: number, t: number) => Energy | undefined;

export interface EnergyRules {
  readonly power: PowerModel;
  readonly energy?: KnownEnergy | undefined;
}

/** More may come of a host-hour: its source has not been heard beyond it. */
export const UNSETTLED = 1;
/** The source says of a host-hour what cannot be. */
export const DOUBTED = 2;

/** The hours of one host as columns, with their energy; zero where it was not there. Used for one host after another. */
export class HostHours {
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  /** CPU-seconds expected of it, and how many of those were observed. */
  readonly expected: Float64Array;
  readonly covered: Float64Array;
  /** CPU-seconds that were gained over a time without scrapes, and spread by time. */
  readonly spread: Float64Array;
  /** {@link UNSETTLED}, {@link DOUBTED}, both or 0. */
  readonly flags: Uint8Array;
  readonly #cpu: CpuHours;
  readonly #rules: EnergyRules;

  constructor(cpu: CpuHours, rules: EnergyRules) {
    const column = (): Float64Array => new Float64Array(cpu.hours.length);
    this.busyCpuSeconds = column();
    this.idleCpuSeconds = column();
    this.busyKwh = column();
    this.idleKwh = column();
    this.expected = column();
    this.covered = column();
    this.spread = column();
    this.flags = new Uint8Array(cpu.hours.length);
    this.#cpu = cpu;
    this.#rules = rules;
  }

  load(row: number, { machine }: Host): void {
    const cpu = this.#cpu;
    const { power, energy } = this.#rules;
    const count = cpu.hours.length;
    // One object for all hours: a model keeps neither.
    const used = { busyCpuSeconds: 0, idleCpuSeconds: 0 };
    const context = { machine, hour: 0 };
    for (let t = 0; t < count; t++) {
      const cell = row * count + t;
      const expected = cpu.expectedCpuSeconds[cell] as number;
      const observed = orZero(cpu.observedCpuSeconds[cell] as number);
      const there = expected !== 0 || observed !== 0;
      used.busyCpuSeconds = there ? orZero(cpu.busyCpuSeconds[cell] as number) : 0;
      used.idleCpuSeconds = there ? orZero(cpu.idleCpuSeconds[cell] as number) : 0;
      context.hour = cpu.hours[t] as number;
      this.busyCpuSeconds[t] = used.busyCpuSeconds;
      this.idleCpuSeconds[t] = used.idleCpuSeconds;
      this.expected[t] = expected;
      this.covered[t] = Math.min(observed, expected);
      this.spread[t] = Math.min(cpu.spreadCpuSeconds?.[cell] ?? 0, expected);
      this.flags[t] = (cpu.unsettled?.[cell] ?? 0) * UNSETTLED + (cpu.doubted?.[cell] ?? 0) * DOUBTED;
      const known = there ? energy?.(row, t) : NOTHING;
      // Apart from those that are known: the compiler then need not make an object of what the model gives.
      if (known !== undefined) this.#setEnergy(t, known);
      else this.#setEnergy(t, power.energy(used, context));
    }
  }

  #setEnergy(t: number, { busyKwh, idleKwh }: Energy): void {
    this.busyKwh[t] = busyKwh;
    this.idleKwh[t] = idleKwh;
  }
}

const NOTHING: Energy = { busyKwh: 0, idleKwh: 0 };

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
