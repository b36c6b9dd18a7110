import { HOUR_MS } from "../../usage/hour.js";
import { CPU_TIME_ERROR, isSameBoot, SAME_BOOT_MS } from "../../usage/physical.js";
import { type CounterLayout, cpuSeconds, type Scrape } from "./counters.js";

/** Counters may run ahead of the time between two scrapes by a twentieth and a second: scrapes are not exactly timed. */
export const SLACK_SHARE = 1.05;
export const SLACK_SECONDS = 1;
/** For so long scrapes are looked at to tell bad scrapes from counters that were set or start anew. */
export const LOOK_AHEAD_MS: number = HOUR_MS;

/**
 * When the machine booted between one scrape and the one after it, UTC milliseconds; NaN if it did not.
 *
 * The boot time is the witness: counters that fall while it stays the same were not reset. A boot time that moves while
 * the counters go on is a clock that was set. Without boot times, counters that all start anew, and go on from there,
 * are a boot.
 */
export function bootsBetweenScrapes(scrapes: readonly Scrape[], layout: CounterLayout): Float64Array {
  const boots = new Float64Array(scrapes.length).fill(Number.NaN);
  let before: Scrape | undefined;
  for (const [i, scrape] of scrapes.entries()) {
    // A scrape whose counters are all NaN tells of no boot: the next one does.
    if (scrape.counters.every((value) => Number.isNaN(value))) continue;
    if (before !== undefined) boots[i] = bootBetween(before, scrapes, i, layout);
    before = scrape;
  }
  return boots;
}

function bootBetween(before: Scrape, scrapes: readonly Scrape[], i: number, layout: CounterLayout): number {
  const after = scrapes[i];
  if (after === undefined) return Number.NaN;
  const saysWhen = !Number.isNaN(before.bootTime) && !Number.isNaN(after.bootTime);
  if (saysWhen && isSameBoot(before.bootTime, after.bootTime)) return Number.NaN;
  if (saysWhen && after.bootTime < before.bootTime) return Number.NaN;
  const sinceBoot = largestCpuSeconds(after.counters, layout);
  const silentMs = after.time - before.time;
  // Counters since a boot in between cannot be more than the time in between.
  if (!(sinceBoot * 1000 <= silentMs * SLACK_SHARE + SLACK_SECONDS * 1000)) return Number.NaN;
  const bootedInBetween = saysWhen && after.bootTime > before.time - SAME_BOOT_MS;
  const fell = total(after.counters) < total(before.counters) - SLACK_SECONDS;
  if (!fell && !bootedInBetween) return Number.NaN;
  if (!saysWhen && goesOn(before, scrapes, i, layout)) return Number.NaN;
  const saidTime = bootedInBetween ? startBefore(after, layout) : Number.NaN;
  const countedSince = after.time - sinceBoot * 1000;
  // A clock may be wrong: counters that hold less than the time since then began later.
  const isSo = countedSince - saidTime <= CPU_TIME_ERROR * (after.time - saidTime) + SLACK_SECONDS * 1000;
  const bootTime = isSo ? saidTime : countedSince;
  return Math.min(Math.max(bootTime, before.time), after.time);
}

/** When a machine booted by its own account, or earlier if its counters hold more time than that: clocks may be wrong. */
export function startBefore(scrape: Scrape, layout: CounterLayout): number {
  return Math.min(scrape.bootTime, scrape.time - countedMs(scrape, layout));
}

/** How long the CPU that has counted most has counted, milliseconds. */
export function countedMs({ counters }: Scrape, layout: CounterLayout): number {
  return largestCpuSeconds(counters, layout) * 1000;
}

/** Whether one of the scrapes after the `i`-th goes on from the one before it: then that one was only a bad scrape. */
function goesOn(before: Scrape, scrapes: readonly Scrape[], i: number, layout: CounterLayout): boolean {
  const end = scrapes.findIndex(({ time }, k) => k > i && time - before.time > LOOK_AHEAD_MS);
  const later = scrapes.slice(i + 1, end < 0 ? undefined : end);
  return later.some(({ counters, time }) => {
    const gained = total(counters) - total(before.counters);
    const most = ((time - before.time) / 1000) * layout.cpus.length;
    return gained >= 0 && gained <= most * SLACK_SHARE + SLACK_SECONDS;
  });
}

function total(counters: Float64Array): number {
  let sum = 0;
  for (const value of counters) if (!Number.isNaN(value)) sum += value;
  return sum;
}

/** Of the CPU that has counted most: others may have been plugged in later. */
function largestCpuSeconds(counters: Float64Array, layout: CounterLayout): number {
  let most = Number.NaN;
  for (let cpu = 0; cpu < layout.cpus.length; cpu++) {
    const seconds = cpuSeconds(counters, cpu, layout.modes.length);
    if (!(seconds <= most)) most = Number.isNaN(seconds) ? most : seconds;
  }
  return most;
}
