import type { ModePolicy, ModeUse } from "../../usage/modes.js";

/** Where each counter of a machine stands in a row of numbers: CPU by CPU, the same modes for each. */
export class CounterLayout {
  readonly cpus: string[] = [];
  readonly modes: string[] = [];
  readonly #cpuIndex = new Map<string, number>();
  readonly #modeIndex = new Map<string, number>();

  /** Notes that there is such a counter. */
  add(cpu: string, mode: string): void {
    noted(this.#cpuIndex, this.cpus, cpu);
    noted(this.#modeIndex, this.modes, mode);
  }

  get length(): number {
    return this.cpus.length * this.modes.length;
  }

  /** The position of a counter that was added. */
  positionOf(cpu: string, mode: string): number {
    return (this.#cpuIndex.get(cpu) ?? 0) * this.modes.length + (this.#modeIndex.get(mode) ?? 0);
  }

  /** What each mode counts as. Modes that the policy does not name are busy. */
  usesOf(policy: ModePolicy): ModeUse[] {
    return this.modes.map((mode) => policy[mode] ?? "busy");
  }
}

function noted(index: Map<string, number>, names: string[], name: string): void {
  if (!index.has(name)) index.set(name, names.push(name) - 1);
}

/** What one scrape said of one machine. */
export interface Scrape {
  /** UTC milliseconds. */
  readonly time: number;
  /** Under which labels: the number of a row of hosts. */
  readonly row: number;
  /** When the machine booted by its own account, UTC milliseconds; NaN where it does not say, or says what cannot be. */
  readonly bootTime: number;
  /** CPU-seconds, laid out by a {@link CounterLayout}; NaN where there is no number. */
  readonly counters: Float64Array;
}

/** CPU-seconds of one CPU in all modes that it has; NaN if it has none. */
export function cpuSeconds(counters: Float64Array, cpu: number, modes: number): number {
  let sum = 0;
  let any = false;
  for (let i = cpu * modes; i < (cpu + 1) * modes; i++) {
    if (Number.isNaN(counters[i] as number)) continue;
    sum += counters[i] as number;
    any = true;
  }
  return any ? sum : Number.NaN;
}
