import type { Interval } from "../usage/hour.js";
import { type CpuMode, counterAt } from "./load.js";

/**
 * What the exporter says of some CPU counters at the scrapes of a time, `[from, to)` in UTC ms. With `to: Infinity` the
 * fault stays until the host boots again. The truth does not change.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { simulateCluster } from "ada-carbon/testing";
 *
 * const from = Date.parse("2025-09-10T00:00:00Z");
 * const step = { from: from + 1_500_000, to: Number.POSITIVE_INFINITY, cpu: 0, mode: "idle", addSeconds: -0.02 } as const;
 * const host = { cores: 2, counterFaults: [step] };
 * assert.equal(simulateCluster({ interval: { from, to: from + 3_600_000 }, hosts: [host] }).hosts.length, 1);
 */
export interface CounterFault extends Interval {
  /** Default: every cpu. */
  readonly cpu?: number;
  /** Default: every mode. */
  readonly mode?: CpuMode;
  /** So many seconds more than it is; less, if negative. */
  readonly addSeconds?: number;
  /** This in place of what it is: 0, -1, NaN, Infinity, 1e15; `null`, where there is no sample at all. */
  readonly saysSeconds?: number | null;
}

/** A scrape whose counters are asked for. */
export interface FaultyScrape {
  readonly time: number;
  /** When the host had booted. */
  readonly bootedAt: number;
}

/** Whether a fault touches a counter at a scrape. A step ends with the boot after it. */
function touches(fault: CounterFault, { time, bootedAt }: FaultyScrape, column: number): boolean {
  if (time < fault.from || time >= fault.to) return false;
  if (bootedAt > fault.from && fault.to === Number.POSITIVE_INFINITY) return false;
  const { cpu, mode } = counterAt(column);
  return (fault.cpu ?? cpu) === cpu && (fault.mode ?? mode) === mode;
}

/** What the exporter says of one counter, in seconds, given its true microseconds. */
export function saidSeconds(
  faults: readonly CounterFault[],
  scrape: FaultyScrape,
  column: number,
  micros: number,
): number {
  let added = 0;
  for (const fault of faults) {
    if (!touches(fault, scrape, column)) continue;
    if (fault.saysSeconds !== undefined) return fault.saysSeconds ?? Number.NaN;
    added += Math.round((fault.addSeconds ?? 0) * 1e6);
  }
  return (micros + added) / 1e6;
}

/** Whether a scrape has no sample of a counter. */
export function isLeftOut(faults: readonly CounterFault[], scrape: FaultyScrape, column: number): boolean {
  return faults.some((fault) => fault.saysSeconds === null && touches(fault, scrape, column));
}

/** Whether what a scrape says of one counter is to be left out: it goes on later as if nothing had been. */
export function isBadScrape(faults: readonly CounterFault[], scrape: FaultyScrape, column: number): boolean {
  return faults.some((fault) => fault.to !== Number.POSITIVE_INFINITY && touches(fault, scrape, column));
}
