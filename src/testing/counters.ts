import { HOUR_MS } from "../usage/hour.js";
import type { OfflineCpus } from "./host-description.js";
import { BLOCK_MS, CPU_MODES, type Load } from "./load.js";
import { onlineMs } from "./online-time.js";

/** Columns of a row of counters: one for each cpu and mode, cpu by cpu. */
function counterColumns(cores: number): number {
  return cores * CPU_MODES.length;
}

/** What {@link CpuTime} may know of a host besides its load. */
export interface CpuTimeOptions {
  /** For how long the load is constant; {@link BLOCK_MS} by default. */
  readonly blockMs?: number;
  /** When cpus do not tick. Default: never. */
  readonly offline?: readonly OfflineCpus[];
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
  readonly #blockMs: number;
  readonly #offline: readonly OfflineCpus[];
  /** The row at each full hour since the origin, extended as needed. */
  readonly #hours: Float64Array[];

  /** `origin` is a full UTC hour; before it, the load is taken to be that of the block just before it. */
  constructor(load: Load, cores: number, origin: number, options: CpuTimeOptions = {}) {
    this.#load = load;
    this.#cores = cores;
    this.#origin = origin;
    this.#blockMs = options.blockMs ?? BLOCK_MS;
    this.#offline = options.offline ?? [];
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
    this.#add(row, this.#origin - this.#blockMs, this.#origin, instant);
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
    for (let block = from; block < to; block += this.#blockMs)
      this.#add(row, block, block, Math.min(block + this.#blockMs, to));
  }

  /** Adds what the load of a block makes of the time from one instant to another; takes it off if that lies before. */
  #add(row: Float64Array, block: number, from: number, to: number): void {
    let column = 0;
    for (let cpu = 0; cpu < this.#cores; cpu++) {
      const shares = this.#load(cpu, block);
      const ms = this.#tickedMs(cpu, from, to);
      for (let mode = 0; mode < CPU_MODES.length; mode++) {
        row[column] = (row[column] ?? 0) + (shares[mode] ?? 0) * ms;
        column++;
      }
    }
  }

  #tickedMs(cpu: number, from: number, to: number): number {
    if (this.#offline.length === 0) return to - from;
    return from <= to ? onlineMs(this.#offline, cpu, from, to) : -onlineMs(this.#offline, cpu, to, from);
  }
}
