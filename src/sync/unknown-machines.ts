import type { PowerModel } from "../power/model.js";
import type { CpuHours } from "../usage/cpu.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { Sum } from "../usage/sum.js";

/** Core-hours of machines that a power model of known machines does not know, and estimates by its default. */
export interface UnknownMachines {
  readonly coreHours: number;
  /** Core-hours of all machines that were estimated. */
  readonly ofCoreHours: number;
  /** By code unit; `unattributed` where hosts have no machine name. */
  readonly names: readonly string[];
}

/** Keeps count of them over a run. */
export class UnknownMachineCount {
  readonly #isKnown: NonNullable<PowerModel["isKnown"]> | undefined;
  readonly #unknown = new Sum();
  readonly #all = new Sum();
  readonly #names = new Set<string>();

  constructor({ isKnown }: Pick<PowerModel, "isKnown">) {
    this.#isKnown = isKnown;
  }

  /** @param isCounted Tells which hours are counted, by their number. Not given: all. */
  add(
    { hosts, hours, busyCpuSeconds, idleCpuSeconds }: CpuHours,
    isCounted: (t: number) => boolean = () => true,
  ): void {
    if (this.#isKnown === undefined) return;
    for (const [row, { machine }] of hosts.entries()) {
      let cpuSeconds = 0;
      for (let t = 0; t < hours.length; t++) {
        const cell = row * hours.length + t;
        if (isCounted(t)) cpuSeconds += (busyCpuSeconds[cell] || 0) + (idleCpuSeconds[cell] || 0);
      }
      this.#all.add(cpuSeconds / 3600);
      if (cpuSeconds === 0 || this.#isKnown(machine)) continue;
      this.#unknown.add(cpuSeconds / 3600);
      this.#names.add(machine ?? UNATTRIBUTED);
    }
  }

  /** `null` where the model treats all machines alike. */
  get summary(): UnknownMachines | null {
    if (this.#isKnown === undefined) return null;
    return { coreHours: this.#unknown.value, ofCoreHours: this.#all.value, names: [...this.#names].sort() };
  }
}
