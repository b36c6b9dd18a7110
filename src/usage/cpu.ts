import type { FinishedHour, Interval } from "./hour.js";
import type { ModePolicy } from "./modes.js";

/** Who a host belongs to, by its labels. A label that is absent or empty is `null`. */
export interface Host {
  /** One host, such as `host-172-16-100-116.nubes.stfc.ac.uk:9100`; empty where a row is an owner's. */
  readonly instance: string;
  readonly project: string;
  /** Machine name: the type of workspace, such as `Artemis (Matlab)`. */
  readonly machine: string | null;
  readonly user: string | null;
}

/** Something about the data that an operator should know and that the numbers already allow for. */
export interface Finding {
  readonly kind: "impossible-cpu-seconds" | "not-a-number" | "histogram";
  readonly message: string;
}

/**
 * CPU-seconds of some hosts over some hours, as matrices: host `h` in hour `t` is at `h * hours.length + t`.
 * One instance appears once for every set of labels it had.
 */
export interface CpuHours {
  /** Ascending. */
  readonly hours: readonly FinishedHour[];
  readonly hosts: readonly Host[];
  /** CPU-seconds; NaN where nothing was observed. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  /** Of all modes, those that count as neither busy nor idle included. */
  readonly observedCpuSeconds: Float64Array;
  /** Cores x seconds that the host is known to have been up; 0 where it was not. */
  readonly expectedCpuSeconds: Float64Array;
  /** From when to when in the hour the host is known to have been up, UTC milliseconds; NaN where not known. */
  readonly upFrom: Float64Array;
  readonly upTo: Float64Array;
  /** For each hour, whether the source has anything at all: what is absent then is zero, not missing. */
  readonly answered: readonly boolean[];
  /** What the source itself says is missing from its answer. If there is any, no hour is complete. */
  readonly warnings: readonly string[];
  readonly findings: readonly Finding[];
}

/** Hours that could not be got, and why. */
export interface CpuGap {
  readonly hours: readonly FinishedHour[];
  readonly error: Error;
}

export interface CpuRequest {
  /** Ascending; need not be contiguous. */
  readonly hours: readonly FinishedHour[];
  readonly projects: readonly string[];
  readonly modes: ModePolicy;
}

export interface CpuCallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Parts of hours, in equal steps: step `s` of instance `i` is at `i * count + s`. */
export interface CpuSlices {
  readonly instances: readonly string[];
  /** Start of the first step, UTC milliseconds. */
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
  /** CPU-seconds; NaN where nothing was observed. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
}

export interface SliceRequest {
  /** Both ends on the hour. */
  readonly interval: Interval;
  readonly instances: readonly string[];
  readonly modes: ModePolicy;
}

/** Anything that knows how many CPU-seconds hosts were busy and idle. Prometheus is one. */
export interface CpuSource {
  /** Names the source in messages, without credentials. */
  readonly where: string;
  /**
   * What a row of a batch is: a host, or all hosts of one project, machine and user together. Owners have no
   * hosts to store, to attribute by tenures or to learn averages from. Default `hosts`.
   */
  readonly rows?: "hosts" | "owners" | undefined;
  /** The projects with any host in the interval, or ever if no interval is given; sorted. */
  projects(interval: Interval | undefined, options?: CpuCallOptions): Promise<string[]>;
  /** Every hour of the request exactly once, in batches of the source's choosing, ascending. */
  cpuHours(request: CpuRequest, options?: CpuCallOptions): AsyncIterable<CpuHours | CpuGap>;
  /** The same in steps of minutes, of few hosts and hours: to split an hour by what was really used. */
  cpuSlices?(request: SliceRequest, options?: CpuCallOptions): Promise<CpuSlices>;
}

/** Whether a batch is one that could not be got. */
export function isGap(batch: CpuHours | CpuGap): batch is CpuGap {
  return "error" in batch;
}
