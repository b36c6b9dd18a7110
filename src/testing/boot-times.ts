import { assertArgument, listOf, NUMBER } from "../usage/options.js";
import { mix, within } from "./random.js";

/**
 * What an exporter says of the boot time, in Unix seconds, at a scrape; `null` if it says nothing at that one. Must be
 * pure.
 *
 * @param scrapedAt UTC milliseconds.
 * @param bootSeconds The truth.
 */
export type BootTimeReading = (scrapedAt: number, bootSeconds: number) => number | null;

/** What an exporter says that is right. */
export const TRUE_BOOT_TIME: BootTimeReading = (_scrapedAt, bootSeconds) => bootSeconds;

const STEPS = listOf<{ at: number; seconds: number }>({ at: NUMBER, seconds: NUMBER });

/** A clock that was set: from each instant on, the boot time is so many seconds from the truth. */
export function bootTimeSteps(
  steps: readonly { readonly at: number; readonly seconds: number }[],
): BootTimeReading {
  assertArgument("bootTimeSteps", "steps", steps, STEPS);
  return (scrapedAt, bootSeconds) =>
    bootSeconds + (steps.findLast(({ at }) => at <= scrapedAt)?.seconds ?? 0);
}

/** A boot time of which each scrape says a second less, the truth, or a second more: older kernels round so. */
export function bootTimeJitter(seed = 1): BootTimeReading {
  assertArgument("bootTimeJitter", "seed", seed, NUMBER);
  return (scrapedAt, bootSeconds) => bootSeconds + within(mix(seed, Math.floor(scrapedAt / 1000)), -1, 1);
}

/** A boot time that is the same wrong one for ever, such as 0 of a machine without a clock. */
export function bootTimeAlways(seconds: number): BootTimeReading {
  assertArgument("bootTimeAlways", "seconds", seconds, NUMBER);
  return () => seconds;
}
