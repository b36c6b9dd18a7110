import { createHmac, randomBytes } from "node:crypto";
import { SESSION_QUANTITIES } from "../../stores/assert-session.js";
import type { WorkspaceSession } from "../../stores/workspace-store.js";
import { formatInstant } from "../../usage/hour.js";
import { recordOf } from "../../usage/record-of.js";
import { type Grant, maySeeOwner, mineOf } from "../access.js";
import type { Viewer } from "../context.js";
import { coresOfSession, type RecentPower, type RecentUse } from "../recent-use.js";
import type { WorkspaceView } from "./view.js";

/** What a viewer may see of a workspace, and by which id they know it. */
interface Shown {
  readonly id: string;
  readonly isShown: boolean;
  readonly isMine: boolean;
}

/** Workspaces as viewers may see them. */
export class WorkspaceViews {
  readonly #key = randomBytes(32);
  readonly #recent: RecentUse;
  readonly #clock: () => number;

  constructor(recent: RecentUse, clock: () => number) {
    this.#recent = recent;
    this.#clock = clock;
  }

  /**
   * The id that stands in for a real one, which the tracker makes from owners. It is worked out with a key of this
   * process, so that nothing has to be kept, and the same workspace has the same one in all replies.
   */
  standIn(id: string): string {
    return createHmac("sha256", this.#key).update(id).digest("base64url").slice(0, 22);
  }

  /** The id this viewer knows a session by. */
  idFor({ id, user }: WorkspaceSession, grant: Grant): string {
    return maySeeOwner(grant, user) ? id : this.standIn(id);
  }

  /** Watts that the workspace takes now; `null` where they are not known. */
  powerOf(session: WorkspaceSession): RecentPower | null {
    return this.#recent.of(session, this.#clock());
  }

  one(session: WorkspaceSession, grant: Grant, viewer?: Viewer | undefined): WorkspaceView {
    return this.view(session, {
      id: this.idFor(session, grant),
      isShown: maySeeOwner(grant, session.user),
      isMine: session.user !== null && mineOf(grant, viewer).has(session.user),
    });
  }

  view(session: WorkspaceSession, { id, isShown, isMine }: Shown): WorkspaceView {
    const power = this.powerOf(session);
    const { site, project, machine, group, startedAt, countedUntil } = session;
    return {
      id,
      site,
      instance: isShown ? session.instance : null,
      project,
      machine,
      user: isShown ? session.user : null,
      group: isShown ? group : null,
      ownerHidden: !isShown,
      mine: isMine,
      cores: coresOfSession(session),
      busyWatts: power?.busyWatts ?? null,
      idleWatts: power?.idleWatts ?? null,
      startedAt: formatInstant(startedAt),
      countedUntil: formatInstant(countedUntil),
      ...recordOf(SESSION_QUANTITIES, (name) => session[name]),
    };
  }
}
