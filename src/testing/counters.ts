import { HOUR_MS } from "../usage/hour.js";
import { BLOCK_MS, CPU_MODES, type Load } from "./load.js";

/** Columns of a row of counters: one for each cpu and mode, cpu by cpu. */
export function counterColumns(cores: number): number {
  return cores * CPU_MODES.length;
}

/**
 * The CPU time of one host as a closed form: for any instant, how much each cpu has spent in each mode
 * since the origin, in whole **microseconds** (a share in per mille times milliseconds), hence exact.
 * The difference between two instants is what happened between them.
 */
export class CpuTime {
  readonly #load: Load;
  readonly #cores: number;
  readonly #origin: number;
  /** The row at each full hour since the origin, extended as needed. */
  readonly #hours: Float64Array[];

  /** `origin` is a full UTC hour; before it, the load is taken to be that of the block just before it. */
  constructor(load: Load, cores: number, origin: number) {
    this.#load = load;
    this.#cores = cores;
    this.#origin = origin;
    this.#hours = [new Float64Array(counterColumns(cores))];
  }

  /** The row at an instant in UTC milliseconds. Negative before the origin. */
  at(instant: number): Float64Array {
    if (instant < this.#origin) return this.#beforeOrigin(instant);
    const hour = Math.floor((instant - this.#origin) / HOUR_MS);
    const row = this.#hour(hour).slice();
    this.#advance(row, this.#origin + hour * HOUR_MS, instant);
    return row;
  }

  #beforeOrigin(instant: number): Float64Array {
    const row = new Float64Array(counterColumns(this.#cores));
    this.#add(row, this.#origin - BLOCK_MS, instant - this.#origin);
    return row;
  }

  #hour(index: number): Float64Array {
    for (let last = this.#hours.length - 1; last < index; last++) {
      const next = this.#hours[last]?.slice() ?? new Float64Array(counterColumns(this.#cores));
      const start = this.#origin + last * HOUR_MS;
      this.#advance(next, start, start + HOUR_MS);
      this.#hours.push(next);
    }
    return this.#hours[index] ?? new Float64Array(counterColumns(this.#cores));
  }

  /** Adds the blocks, and the part of the last one, that lie in [from, to); `from` is the start of a block. */
  #advance(row: Float64Array, from: number, to: number): void {
    for (let block = from; block < to; block += BLOCK_MS)
      this.#add(row, block, Math.min(BLOCK_MS, to - block));
  }

  #add(row: Float64Array, block: number, ms: number): void {
    let column = 0;
    for (let cpu = 0; cpu < this.#cores; cpu++) {
      const shares = this.#load(cpu, block);
      for (let mode = 0; mode < CPU_MODES.length; mode++) {
        row[column] = (row[column] ?? 0) + (shares[mode] ?? 0) * ms;
        column++;
      }
    }
  }
}
