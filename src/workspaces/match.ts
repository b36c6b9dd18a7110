import type { WorkspaceSession } from "../stores/workspace-store.js";
import { remembered } from "../usage/remembered.js";
import { hasRebooted } from "./elapsed.js";
import { type OwnedSample, ownedAlike } from "./owner.js";

/** The hosts of a site held against the sessions that go on there. */
export interface Matched {
  readonly going: readonly { readonly session: WorkspaceSession; readonly sample: OwnedSample }[];
  /** Hosts that need a session, and the one that ends because of them, if any. */
  readonly opening: readonly {
    readonly sample: OwnedSample;
    readonly instead: WorkspaceSession | undefined;
  }[];
  /** Sessions whose host is seen, but with another owner or after a reboot that ends them. */
  readonly ending: readonly WorkspaceSession[];
  /** Sessions that another one of the same host and owner makes superfluous: two trackers opened both. */
  readonly doubled: readonly WorkspaceSession[];
  /** Sessions whose host was not seen. */
  readonly absent: readonly WorkspaceSession[];
}

/** `active` is sorted by start: of two sessions of one owner the one that started first counts. */
export function matchSessions(
  samples: readonly OwnedSample[],
  active: readonly WorkspaceSession[],
  onReboot: "continue" | "new-session",
): Matched {
  const sessions = new SessionsByHost(active);
  const going: { session: WorkspaceSession; sample: OwnedSample }[] = [];
  const opening: { sample: OwnedSample; instead: WorkspaceSession | undefined }[] = [];
  const ending: WorkspaceSession[] = [];
  const doubled: WorkspaceSession[] = [];

  for (const sample of samples) {
    let session: WorkspaceSession | undefined;
    const over: WorkspaceSession[] = [];
    for (const known of sessions.take(sample.project, sample.instance)) {
      if (!goesOn(known, sample, onReboot)) over.push(known);
      else if (session === undefined) session = known;
      else doubled.push(known);
    }
    // What another tool began is this host's, unless we have a session of it already.
    for (const foreign of sessions.take(null, sample.instance)) {
      if (session === undefined) session = foreign;
      else over.push(foreign);
    }
    ending.push(...over);
    if (session === undefined) opening.push({ sample, instead: latest(over) });
    else going.push({ session, sample });
  }
  return { going, opening, ending, doubled, absent: sessions.left() };
}

function goesOn(
  session: WorkspaceSession,
  sample: OwnedSample,
  onReboot: "continue" | "new-session",
): boolean {
  if (!ownedAlike(session, sample)) return false;
  return onReboot === "continue" || !hasRebooted(session, sample);
}

/** Of several sessions, the one whose host was seen last. */
export function latest(sessions: readonly WorkspaceSession[]): WorkspaceSession | undefined {
  return sessions.reduce<WorkspaceSession | undefined>(
    (last, session) => (last === undefined || session.countedUntil > last.countedUntil ? session : last),
    undefined,
  );
}

/** Sessions by project and instance: two projects of a site may use the same addresses. */
export class SessionsByHost {
  readonly #byProject = new Map<string | null, Map<string, WorkspaceSession[]>>();

  constructor(sessions: readonly WorkspaceSession[]) {
    for (const session of sessions) {
      const hosts = remembered(this.#byProject, session.project, () => new Map());
      remembered(hosts, session.instance, () => []).push(session);
    }
  }

  /** The sessions of a host, which are then no longer left. */
  take(project: string | null, instance: string): readonly WorkspaceSession[] {
    const hosts = this.#byProject.get(project);
    const found = hosts?.get(instance);
    hosts?.delete(instance);
    return found ?? [];
  }

  left(): WorkspaceSession[] {
    return [...this.#byProject.values()].flatMap((hosts) => [...hosts.values()].flat());
  }
}
