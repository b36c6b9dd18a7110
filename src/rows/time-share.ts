import type { CpuSeconds } from "../power/model.js";
import type { OwnerShare } from "../usage/provenance.js";

/**
 * An owner's part of a host's time in an hour, 0 to 1: of what was expected and observed of it. Owners held the time in
 * proportion to the CPU-seconds they used: who had all of the 900 busy and none of the 2,700 idle CPU-seconds had a quarter.
 * Where nothing was used, it is the mean of the shares.
 */
export function timeShare(
  { busyCpuSeconds, idleCpuSeconds }: CpuSeconds,
  { busyShare, idleShare }: Pick<OwnerShare, "busyShare" | "idleShare">,
): number {
  if (busyShare === idleShare) return busyShare;
  const used = busyCpuSeconds + idleCpuSeconds;
  return used > 0
    ? (busyCpuSeconds * busyShare + idleCpuSeconds * idleShare) / used
    : (busyShare + idleShare) / 2;
}

/** The shares of several owners together. */
export function sumOfShares(
  owners: readonly OwnerShare[],
): Readonly<Record<"busyShare" | "idleShare", number>> {
  return {
    busyShare: owners.reduce((sum, { busyShare }) => sum + busyShare, 0),
    idleShare: owners.reduce((sum, { idleShare }) => sum + idleShare, 0),
  };
}
