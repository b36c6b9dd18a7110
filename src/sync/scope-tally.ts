import type { HostProvenance } from "../usage/provenance.js";
import type { Scope } from "../usage/scope.js";
import type { HostHours } from "./host-hours.js";

/** The sums of one scope over the hosts that belong to it, hour by hour. Additive: scopes can be compared. */
export interface ScopeSums {
  readonly scope: Scope;
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  readonly busyKwh: Float64Array;
  readonly idleKwh: Float64Array;
  /** CPU-seconds expected of the hosts known in the hour, and how many of those were observed. */
  readonly expected: Float64Array;
  readonly covered: Float64Array;
  /** CPU-seconds that were spread over times without scrapes. */
  readonly spread: Float64Array;
  /** What is wrong with any of its host-hours: `UNSETTLED`, `DOUBTED`, both or 0. */
  readonly flags: Uint8Array;
  /** Of a scope of kind `host`: what is known of it in hour `t`, if it was up. */
  readonly host?: ((t: number) => HostProvenance | undefined) | undefined;
}

/** Whose part of a host's hours is meant. */
export interface Shares {
  readonly busyShare: number;
  readonly idleShare: number;
}

/** Sums of one scope while hosts are added. They are compensated: what rounding loses is kept beside them. */
export class ScopeTally {
  readonly scope: Scope;
  host: ScopeSums["host"];
  readonly #count: number;
  readonly #busyCpuSeconds: Float64Array;
  readonly #idleCpuSeconds: Float64Array;
  readonly #busyKwh: Float64Array;
  readonly #idleKwh: Float64Array;
  readonly #expected: Float64Array;
  readonly #covered: Float64Array;
  readonly #spread: Float64Array;
  readonly #flags: Uint8Array;

  constructor(scope: Scope, count: number) {
    // Of one block, since there are many: the sums of each column, and behind them what they lack.
    const block = new Float64Array(7 * 2 * count);
    const column = (k: number): Float64Array => block.subarray(2 * count * k, 2 * count * (k + 1));
    this.scope = scope;
    this.#count = count;
    this.#busyCpuSeconds = column(0);
    this.#idleCpuSeconds = column(1);
    this.#busyKwh = column(2);
    this.#idleKwh = column(3);
    this.#expected = column(4);
    this.#covered = column(5);
    this.#spread = column(6);
    this.#flags = new Uint8Array(count);
  }

  /** Adds a share of the hours `from` to `to` of a host. */
  add(hours: HostHours, from: number, to: number, { busyShare, idleShare }: Shares): void {
    addScaled(this.#busyCpuSeconds, hours.busyCpuSeconds, from, to, busyShare);
    addScaled(this.#idleCpuSeconds, hours.idleCpuSeconds, from, to, idleShare);
    addScaled(this.#busyKwh, hours.busyKwh, from, to, busyShare);
    addScaled(this.#idleKwh, hours.idleKwh, from, to, idleShare);
    for (let t = from; t < to; t++) this.#flags[t] = (this.#flags[t] as number) | (hours.flags[t] as number);
    if (busyShare === idleShare) {
      this.#addTime(hours, from, to, busyShare);
      return;
    }
    for (let t = from; t < to; t++)
      this.#addTime(hours, t, t + 1, shareOfTime(hours, t, busyShare, idleShare));
  }

  #addTime(hours: HostHours, from: number, to: number, share: number): void {
    addScaled(this.#expected, hours.expected, from, to, share);
    addScaled(this.#covered, hours.covered, from, to, share);
    addScaled(this.#spread, hours.spread, from, to, share);
  }

  sums(): ScopeSums {
    const count = this.#count;
    const settled = (column: Float64Array): Float64Array => {
      const sums = new Float64Array(count);
      for (let t = 0; t < count; t++) sums[t] = (column[t] as number) + (column[count + t] as number);
      return sums;
    };
    return {
      scope: this.scope,
      busyCpuSeconds: settled(this.#busyCpuSeconds),
      idleCpuSeconds: settled(this.#idleCpuSeconds),
      busyKwh: settled(this.#busyKwh),
      idleKwh: settled(this.#idleKwh),
      expected: settled(this.#expected),
      covered: settled(this.#covered),
      spread: settled(this.#spread),
      flags: this.#flags,
      host: this.host,
    };
  }
}

/** What is expected and covered is time, which was held in proportion to what was used of it. */
function shareOfTime(hours: HostHours, t: number, busyShare: number, idleShare: number): number {
  const busy = hours.busyCpuSeconds[t] as number;
  const idle = hours.idleCpuSeconds[t] as number;
  const used = busy + idle;
  return used > 0 ? (busy * busyShare + idle * idleShare) / used : (busyShare + idleShare) / 2;
}

/** Adds `values * scale`; the second half of `sums` takes what each addition rounds away (Knuth's two-sum). */
function addScaled(sums: Float64Array, values: Float64Array, from: number, to: number, scale: number): void {
  const rest = sums.length >> 1;
  for (let t = from; t < to; t++) {
    const value = (values[t] as number) * scale;
    const before = sums[t] as number;
    const after = before + value;
    const added = after - before;
    sums[t] = after;
    sums[rest + t] = (sums[rest + t] as number) + (before - (after - added) + (value - added));
  }
}
