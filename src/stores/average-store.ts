import type { CallOptions } from "./call-options.js";

/**
 * A sum that can be merged, taken from and divided later: Neumaier's total and the part that was lost to
 * rounding. The mean is (sum + lost) / weight.
 */
export interface RunningSum {
  readonly sum: number;
  readonly lost: number;
}

/** Sums over machine-hours. A machine-hour is one hour of one host of a machine name, weighted by its coverage. */
export interface AverageSums {
  /** Machine-hours with energy, and their summed coverage. */
  readonly hours: number;
  readonly weight: RunningSum;
  /** Machine-hours of these that also have carbon. */
  readonly hoursWithCarbon: number;
  readonly weightWithCarbon: RunningSum;
  readonly busyCpuSeconds: RunningSum;
  readonly idleCpuSeconds: RunningSum;
  /** kWh. */
  readonly busyKwh: RunningSum;
  readonly idleKwh: RunningSum;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: RunningSum;
  readonly idleGco2eq: RunningSum;
}

/** What is normal for a machine name: sums, from which every average is a division on reading. */
export interface MachineAverages extends AverageSums {
  readonly machine: string;
  /**
   * There if this library made the sums of stored hours, and keeps them so. Absent if somebody gave them: they are
   * input then, and are never changed, removed or learnt from.
   */
  readonly learnt?: Learnt | undefined;
}

/**
 * How many machine-hours have grams of each basis, as `formatBasis` writes it; `""` is of those that do not say theirs.
 * Grams of two bases have no mean.
 */
export type HoursByBasis = Readonly<Record<string, number>>;

/** How averages that were learnt stand to the stored hours. */
export interface Learnt {
  /** Whether rows of the machine are being written, or were when a run was cut off: the sums are to be made anew. */
  readonly isStale: boolean;
  /** Absent where an older version made the sums: they are made anew. */
  readonly hoursByBasis?: HoursByBasis;
  /**
   * Hours of [from, before), UTC milliseconds, have been pruned; without `from`, all before `before`. Their sums are
   * part of the others and stay when those are made anew. Hours of that time that come back are not learnt again.
   */
  readonly pruned?:
    | {
        readonly from?: number | undefined;
        readonly before: number;
        readonly sums: AverageSums;
        readonly hoursByBasis?: HoursByBasis;
      }
    | undefined;
}

/**
 * Where machine averages are kept. `averageStoreSuite` of `ada-carbon/testing` tests what is said here.
 *
 * Machine names are told apart to the last code unit. One that is empty or not Unicode is `bad-input`,
 * in every call. Doubles come back as they were given; objects given and returned are the caller's own.
 */
export interface AverageStore {
  /** The averages of a machine, or `undefined` if there are none. Unreadable ones are `store-corrupt`. */
  get(machine: string, options?: CallOptions): Promise<MachineAverages | undefined>;

  /**
   * Puts each of the averages in the place of those of the same machine, or adds them; of a machine that is
   * there twice, the later. A reader sees each machine before or after, never in between; if the call rejects,
   * each machine is as before or as it should be. Two writers at once end, for each machine, as one after
   * the other. What `assertAverages` refuses is `bad-input`, and nothing is written.
   */
  put(averages: readonly MachineAverages[], options?: CallOptions): Promise<void>;

  /** Names of the machines that have averages, sorted by code unit. */
  list(options?: CallOptions): Promise<string[]>;

  /** Forgets the averages of these machines; those it has none of are no error. */
  remove(machines: readonly string[], options?: CallOptions): Promise<void>;

  /** Releases what the store holds. Calling it again changes nothing; any other call afterwards is `store-closed`. */
  close(): Promise<void>;
}
