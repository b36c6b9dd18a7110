/** A kilowatt for an hour. */
export const JOULES_PER_KWH = 3_600_000;

/** Boot times jitter by a second when a clock is corrected; a reboot takes longer than this. */
export const SAME_BOOT_MS = 5_000;

/** Whether both say when a machine booted, and it is the same time. */
export function isSameBoot(bootedAt: number, otherBootedAt: number): boolean {
  return Math.abs(bootedAt - otherBootedAt) <= SAME_BOOT_MS;
}

/**
 * Kernels lose or invent up to so much of the time that passes. A machine whose modes add up to more than its CPUs times
 * the time, and this part of it, says what cannot be.
 */
export const CPU_TIME_ERROR = 0.02;
