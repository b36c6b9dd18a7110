import type { CpuSeconds } from "../power/model.js";
import type { ColumnShares, OwnerShare } from "../usage/provenance.js";
import { recordOf } from "../usage/record-of.js";
import type { SumColumn } from "./host-columns.js";

/** An owner's parts of a host's hour, or those of several owners together. */
export type Shares = Pick<OwnerShare, "busyShare" | "idleShare" | "columnShares">;

/**
 * An owner's part of one column of a host's hour, 0 to 1. Busy columns go with the busy CPU-seconds and idle ones with
 * the idle, unless the owner's `columnShares` say otherwise. Time (what was expected, observed and spread) goes with the
 * CPU-seconds used: who had all of the 900 busy and none of the 2,700 idle CPU-seconds had a quarter of it. Where
 * nothing was used, it is the mean of the shares.
 *
 * @param use What the whole host used.
 */
export function shareOf(
  { busyShare, idleShare, columnShares }: Shares,
  name: SumColumn,
  use: CpuSeconds,
): number {
  if (name === "busyCpuSeconds") return busyShare;
  if (name === "idleCpuSeconds") return idleShare;
  if (columnShares !== undefined) return columnShares[name];
  if (name.startsWith("busy")) return busyShare;
  if (name.startsWith("idle")) return idleShare;
  return timeShare(use, busyShare, idleShare);
}

/** The part of the time of whoever had these shares of the busy and of the idle CPU-seconds. */
export function timeShare(
  { busyCpuSeconds, idleCpuSeconds }: CpuSeconds,
  busyShare: number,
  idleShare: number,
): number {
  if (busyShare === idleShare) return busyShare;
  const used = busyCpuSeconds + idleCpuSeconds;
  return used > 0
    ? (busyCpuSeconds * busyShare + idleCpuSeconds * idleShare) / used
    : (busyShare + idleShare) / 2;
}

export const SHARED_COLUMNS = [
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
  "expected",
  "observed",
  "spread",
] as const;

/** The part that several owners have together of one column of a host's hour. */
export function totalShare(owners: readonly Shares[], name: SumColumn, use: CpuSeconds): number {
  return owners.reduce((sum, owner) => sum + shareOf(owner, name, use), 0);
}

/** Something for each of the columns that are not CPU-seconds. */
export function eachSharedColumn(make: (name: (typeof SHARED_COLUMNS)[number]) => number): ColumnShares {
  return recordOf(SHARED_COLUMNS, make);
}

/** The parts of several owners of one hour together. */
export function sharesTogether(owners: readonly Shares[], use: CpuSeconds): Shares {
  const total = (name: SumColumn): number => totalShare(owners, name, use);
  return {
    busyShare: total("busyCpuSeconds"),
    idleShare: total("idleCpuSeconds"),
    columnShares: eachSharedColumn(total),
  };
}
