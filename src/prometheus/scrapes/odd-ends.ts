import { LOOK_AHEAD_MS, SLACK_SECONDS, SLACK_SHARE } from "./boots.js";
import type { Machine } from "./machines.js";

/** Whether scrapes before the first one of a machine, or after its last, tell more of what its counters do between them. */
interface OddEnds {
  readonly before: boolean;
  readonly after: boolean;
}

/**
 * Whether a machine has counters that were set, or were there for a part of the time only, near its first or its last
 * scrape that was read: those that are not read tell what is so for a while from what stays.
 */
export function oddEnds({ scrapes, boots }: Machine): OddEnds {
  const [first, last] = [scrapes[0]?.time ?? Number.NaN, scrapes.at(-1)?.time ?? Number.NaN];
  const counters = scrapes[0]?.counters.length ?? 0;
  let [before, after] = [false, false];
  for (let counter = 0; counter < counters; counter++) {
    let [value, time] = [Number.NaN, first];
    for (const [i, scrape] of scrapes.entries()) {
      if (!Number.isNaN(boots[i] as number)) {
        // Without boot times only the scrapes after it tell a boot from a bad scrape.
        after ||= Number.isNaN(scrape.bootTime) && last - scrape.time < LOOK_AHEAD_MS;
        [value, time] = [Number.NaN, scrape.time];
      }
      const next = scrape.counters[counter] as number;
      if (Number.isNaN(next)) continue;
      const most = ((scrape.time - time) / 1000) * SLACK_SHARE + SLACK_SECONDS;
      const gained = Number.isNaN(value) ? next : next - value;
      // A counter of the first scrape has counted before it.
      const isOdd = scrape.time > first && (gained > most || gained < -SLACK_SECONDS);
      before ||= isOdd && time - first < LOOK_AHEAD_MS;
      after ||= isOdd && last - scrape.time < LOOK_AHEAD_MS;
      [value, time] = [next, scrape.time];
    }
    // It is no longer there.
    after ||= !Number.isNaN(value) && time < last && last - time < LOOK_AHEAD_MS;
  }
  return { before, after };
}
