import type { HourlyIntensity } from "../intensity/hourly.js";
import type { HostProvenance } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import type { Scope } from "../usage/scope.js";
import {
  BUSY_COLUMNS,
  type HostColumns,
  IDLE_COLUMNS,
  type SumColumns,
  THERE,
  TIME_COLUMNS,
  zeroColumns,
} from "./host-columns.js";
import { NO_CPU_SECONDS } from "./host-hours.js";
import { type Shares, shareOf, timeShare } from "./shares.js";

/** The sums of one scope over the hosts that belong to it, hour by hour. Additive: scopes can be compared. */
export interface ScopeSums {
  readonly scope: Scope;
  readonly columns: SumColumns;
  /** What holds of any of its host-hours: the sum of `UNSETTLED`, `DOUBTED` and `THERE`. */
  readonly flags: Uint8Array;
  /** Where there are several grids: the intensities of those that its hosts of hour `t` are of. */
  readonly gridsOf: (t: number) => Iterable<HourlyIntensity>;
  /** Of a scope of kind `host`: what is known of it in hour `t`, if it was up. */
  readonly host: ((t: number) => HostProvenance | undefined) | undefined;
}

const COLUMNS = [...BUSY_COLUMNS, ...IDLE_COLUMNS, ...TIME_COLUMNS];

/**
 * Sums of one scope while hosts are added. They are compensated: what rounding loses is kept beside them, from the second
 * addition on. The first loses nothing, and most scopes of a large cloud are single hosts.
 */
export class ScopeTally {
  readonly scope: Scope;
  readonly #host: ScopeSums["host"];
  readonly #sums: SumColumns;
  #lost: SumColumns | undefined;
  #isEmpty = true;
  readonly #flags: Uint8Array;
  readonly #grids = new Map<number, Set<HourlyIntensity>>();

  constructor(scope: Scope, count: number, host: ScopeSums["host"]) {
    this.scope = scope;
    this.#host = host;
    this.#sums = zeroColumns(count);
    this.#flags = new Uint8Array(count);
  }

  /** Adds a share of the hours `from` to `to` of a host. */
  add({ columns, flags, grid }: HostColumns, from: number, to: number, shares: Shares): void {
    if (this.#isEmpty) this.#isEmpty = false;
    else this.#lost ??= zeroColumns(this.#flags.length);
    if (grid !== undefined) this.#addGrid(grid, flags, from, to);
    for (let t = from; t < to; t++) this.#flags[t] = (this.#flags[t] as number) | (flags[t] as number);
    const { busyShare, idleShare, columnShares } = shares;
    if (columnShares !== undefined) {
      // With column shares, the part of the time does not depend on what was used.
      for (const name of COLUMNS) this.#add(name, columns, from, to, shareOf(shares, name, NO_CPU_SECONDS));
      return;
    }
    for (const name of BUSY_COLUMNS) this.#add(name, columns, from, to, busyShare);
    for (const name of IDLE_COLUMNS) this.#add(name, columns, from, to, idleShare);
    if (busyShare === idleShare) {
      for (const name of TIME_COLUMNS) this.#add(name, columns, from, to, busyShare);
      return;
    }
    for (let t = from; t < to; t++) {
      const busyCpuSeconds = columns.busyCpuSeconds[t] as number;
      const idleCpuSeconds = columns.idleCpuSeconds[t] as number;
      const share = timeShare({ busyCpuSeconds, idleCpuSeconds }, busyShare, idleShare);
      for (const name of TIME_COLUMNS) this.#add(name, columns, t, t + 1, share);
    }
  }

  #addGrid(grid: HourlyIntensity, flags: Uint8Array, from: number, to: number): void {
    for (let t = from; t < to; t++) {
      if (((flags[t] as number) & THERE) === 0) continue;
      remembered(this.#grids, t, () => new Set()).add(grid);
    }
  }

  #add(name: keyof SumColumns, columns: SumColumns, from: number, to: number, share: number): void {
    addScaled(this.#sums[name], this.#lost?.[name], columns[name], from, to, share);
  }

  /** The sums of what was added; nothing is added any more. */
  sums(): ScopeSums {
    const [columns, lost] = [this.#sums, this.#lost];
    this.#lost = undefined;
    if (lost !== undefined)
      for (const name of COLUMNS)
        lost[name].forEach((small, t) => {
          columns[name][t] = (columns[name][t] as number) + small;
        });
    const gridsOf: ScopeSums["gridsOf"] = (t) => this.#grids.get(t) ?? [];
    return { scope: this.scope, columns, flags: this.#flags, gridsOf, host: this.#host };
  }
}

/** Adds `values * scale` to `sums`; `lost`, if given, takes what each addition rounds away (Knuth's two-sum). */
function addScaled(
  sums: Float64Array,
  lost: Float64Array | undefined,
  values: Float64Array,
  from: number,
  to: number,
  scale: number,
): void {
  if (lost === undefined) {
    for (let t = from; t < to; t++) sums[t] = (sums[t] as number) + (values[t] as number) * scale;
    return;
  }
  for (let t = from; t < to; t++) {
    const value = (values[t] as number) * scale;
    const before = sums[t] as number;
    const after = before + value;
    const added = after - before;
    sums[t] = after;
    lost[t] = (lost[t] as number) + (before - (after - added) + (value - added));
  }
}
