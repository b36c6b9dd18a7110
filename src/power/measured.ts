/**
 * Watts of a busy and of an idle CPU between which 98 of 100 servers lie, whether a CPU of a virtual machine is a thread
 * or a core of theirs: from the lowest hundredth counted by thread to the highest counted by core.
 *
 * Source: SPECpower_ssj2008 (spec.org/power_ssj2008, retrieved 2023-05-08), 167 servers of one node submitted in 2017 to
 * 2021; at 100% load, and at active idle.
 */
export const MEASURED_BUSY_WATTS: WattsRange = { low: 1.5, high: 14.9 };
/** What 98 of 100 measured servers take for an idle core, watts. */
export const MEASURED_IDLE_WATTS: WattsRange = { low: 0.3, high: 4.3 };

/** No core takes more: such watts are those of a whole machine, or in another unit. */
export const MOST_CORE_WATTS = 1000;

/** Between what watts a core was measured to take. */
export interface WattsRange {
  readonly low: number;
  readonly high: number;
}
