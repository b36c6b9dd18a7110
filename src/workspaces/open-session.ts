import { SESSION_QUANTITIES } from "../stores/assert-session.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import { formatInstant, hourOf } from "../usage/hour.js";
import { SAME_BOOT_MS } from "../usage/physical.js";
import { recordOf } from "../usage/record-of.js";
import { type OwnedSample, ownedAlike } from "./owner.js";
import { emptiedHours } from "./session-hours.js";

/** A session of a host that had none going on. */
export interface Opened {
  readonly session: WorkspaceSession;
  /** Whether it is one that had ended. */
  readonly resumed: boolean;
  /** Time before it was first seen in which its host was up and nothing is counted, milliseconds. */
  readonly untrackedMs: number;
  /** From when on until it was first seen that is unknown time of hours: earlier hours are nobody's. UTC milliseconds. */
  readonly unknownFrom: number;
}

/** The session that the host had before, and whether it was only just closed, by this poll. */
export interface Before {
  readonly session: WorkspaceSession;
  readonly justClosed: boolean;
}

/**
 * The session for a host that is seen and has none:
 *
 * - Same owner and same boot as an ended one: that one goes on, since the host was up all the while.
 * - First seen, or booted since: it started when the host booted (when it was seen, if that is not known).
 *   Its energy counts from the boot if that is at most `maxElapsedMs` ago, otherwise from now; the time
 *   before is unknown.
 * - Taken over from another session by this poll: it starts where that one stopped, if that is within the
 *   bound, so that no energy falls in between. Taken over before: it starts now. What is between the two is unknown.
 */
export function openSession(sample: OwnedSample, before: Before | undefined, maxElapsedMs: number): Opened {
  const { seenAt } = sample;
  const bootedAt = sample.bootedAt === null ? seenAt : Math.min(sample.bootedAt, seenAt);
  const previous = before?.session;
  if (previous === undefined || bootedAt > previous.countedUntil + SAME_BOOT_MS) {
    return started(sample, bootedAt, maxElapsedMs);
  }
  if (before?.justClosed === true) {
    const startedAt = Math.max(previous.countedUntil, seenAt - maxElapsedMs);
    return takenOver(previous, started(sample, startedAt, maxElapsedMs));
  }
  if (sample.bootedAt !== null && ownedAlike(previous, sample)) {
    const session = { ...previous, endedAt: null };
    return { session, resumed: true, untrackedMs: 0, unknownFrom: session.countedUntil };
  }
  return takenOver(previous, started(sample, Math.max(seenAt, previous.countedUntil), maxElapsedMs));
}

/** The host was up between its two sessions. */
function takenOver({ countedUntil }: WorkspaceSession, opened: Opened): Opened {
  return { ...opened, untrackedMs: opened.session.startedAt - countedUntil, unknownFrom: countedUntil };
}

function started(sample: OwnedSample, startedAt: number, maxElapsedMs: number): Opened {
  const { site, instance, project, machine, user, group, seenAt } = sample;
  const untrackedMs = seenAt - startedAt > maxElapsedMs ? seenAt - startedAt : 0;
  const owner = [project, user ?? "", group ?? ""];
  const session: WorkspaceSession = {
    id: [site, instance, ...owner, formatInstant(startedAt)].map(encodeURIComponent).join("/"),
    site,
    instance,
    project,
    machine,
    user,
    group,
    startedAt,
    endedAt: null,
    countedUntil: startedAt + untrackedMs,
    ...NOTHING,
    unknownSeconds: untrackedMs / 1000,
  };
  const unknownFrom = Math.max(startedAt, hourOf(session.countedUntil));
  return { session, resumed: false, untrackedMs, unknownFrom: untrackedMs > 0 ? unknownFrom : startedAt };
}

const NOTHING = recordOf(SESSION_QUANTITIES, () => 0);

/** The session ended when its host was last seen. */
export function closed(session: WorkspaceSession): WorkspaceSession {
  return { ...session, endedAt: Math.max(session.startedAt, session.countedUntil) };
}

/** A session that two trackers opened both, taken out of all sums: the other one has its time. */
export function emptied(session: WorkspaceSession): WorkspaceSession {
  return {
    ...session,
    endedAt: session.startedAt,
    countedUntil: session.startedAt,
    ...NOTHING,
    ...(session.hours === undefined ? {} : { hours: emptiedHours(session.hours) }),
  };
}
