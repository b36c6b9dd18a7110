import type { Interval } from "../../usage/hour.js";
import { CPU_TIME_ERROR } from "../../usage/physical.js";
import type { TimeBins } from "./bins.js";
import type { Gain } from "./gains.js";

/** A time in which a CPU ticked and its modes do not add up to it: one of them is missing, or stands still. */
export interface LackingTime extends Interval {
  readonly cpu: string;
  readonly row: number;
  /** Which part of the time no mode has, 0 to 1. */
  readonly share: number;
}

/** So many gains of a bin say what is usual in it. */
const ENOUGH_GAINS = 3;

/**
 * What the modes of one CPU lack in each bin, by what it gained from scrape to scrape. It is unknown time, unless it is
 * as little as kernels lose, or only where the CPU came or went: between most scrapes of a bin it must be so.
 */
export function lackingTimes(gains: readonly Gain[], cpu: string, { from, stepMs }: TimeBins): LackingTime[] {
  const byBin = Map.groupBy(gains, (gain) => Math.floor((gain.to - 1 - from) / stepMs));
  return [...byBin.values()].flatMap((inBin) => {
    const times = inBin.map((gain) => ({
      cpu,
      row: gain.rowTo,
      from: gain.from,
      to: gain.to,
      share: 1 - countedShare(gain),
    }));
    // Of few scrapes one may be where the CPU came or went: then all are compared.
    const compared = inBin.length < ENOUGH_GAINS ? gains : inBin;
    const shares = compared.map((gain) => 1 - countedShare(gain)).sort((a, b) => a - b);
    const usual = shares[shares.length >> 1] ?? 0;
    return usual > CPU_TIME_ERROR ? times.filter(({ share }) => share > 0) : [];
  });
}

function countedShare({ busyCpuSeconds, idleCpuSeconds, ignoredCpuSeconds, from, to }: Gain): number {
  return ((busyCpuSeconds + idleCpuSeconds + ignoredCpuSeconds) * 1000) / (to - from);
}
