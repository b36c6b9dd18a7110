import type { WorkspaceSession } from "../stores/workspace-store.js";
import type { HostSample } from "../usage/host-source.js";
import type { Interval } from "../usage/hour.js";
import { SAME_BOOT_MS } from "../usage/physical.js";

/** The time since a session was last counted, taken apart. */
export interface Elapsed {
  /** For which energy is to be counted; empty where nothing new was seen or the load is not known yet. */
  readonly counted: Interval;
  /** Of which nothing is known and never will be; none of them empty. */
  readonly unknown: readonly Interval[];
  /** Up to when the session is accounted for afterwards: its next `countedUntil`. */
  readonly until: number;
}

export interface ElapsedRules {
  readonly maxElapsedMs: number;
  /** When a poll last had a whole answer, before this one; a host that was absent then was down. */
  readonly answeredAt: number;
}

/**
 * What to count of the time from `countedUntil` to when the host was seen. The end is the scrape and not the
 * poll, so a poll that is late, early, doubled or made by a wrong clock counts nothing twice.
 *
 * - Nothing newer was seen: nothing.
 * - The host has rebooted since: time before the boot is not counted. It was down, as far as polls that
 *   had an answer did not see it; the rest of it is unknown.
 * - Longer than `maxElapsedMs`: the last `maxElapsedMs` are counted, what was before is unknown.
 * - The load is not known (no two scrapes yet): counted by a later poll, as long as the bound allows.
 */
export function elapsedSince(
  session: Pick<WorkspaceSession, "countedUntil">,
  sample: Pick<HostSample, "seenAt" | "bootedAt">,
  loadIsKnown: boolean,
  { maxElapsedMs, answeredAt }: ElapsedRules,
): Elapsed {
  const { countedUntil } = session;
  const { seenAt, bootedAt } = sample;
  if (seenAt <= countedUntil) {
    return { counted: { from: countedUntil, to: countedUntil }, unknown: [], until: countedUntil };
  }

  const rebooted = hasRebooted(session, sample) && bootedAt !== null;
  const from = rebooted ? bootedAt : countedUntil;
  const bounded = Math.max(from, seenAt - maxElapsedMs);
  const until = loadIsKnown ? seenAt : bounded;
  const unseen = rebooted ? Math.max(countedUntil, answeredAt) : from;
  return {
    counted: { from: bounded, to: until },
    // Two stretches, because of a host that was down in between nothing is lost.
    unknown: [
      { from: unseen, to: from },
      { from, to: bounded },
    ].filter((stretch) => stretch.from < stretch.to),
    until,
  };
}

/** Whether the host has booted since the session was last counted. A boot after the sighting is a wrong clock. */
export function hasRebooted(
  { countedUntil }: Pick<WorkspaceSession, "countedUntil">,
  { seenAt, bootedAt }: Pick<HostSample, "seenAt" | "bootedAt">,
): boolean {
  return bootedAt !== null && bootedAt <= seenAt && bootedAt > countedUntil + SAME_BOOT_MS;
}
