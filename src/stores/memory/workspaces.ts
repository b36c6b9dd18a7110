import { remembered } from "../../usage/remembered.js";
import { closing } from "../kit/closing.js";
import { copySession } from "../kit/copy-session.js";
import { type ForgottenUser, forgettingCalls, withForgotten, withoutUser } from "../kit/forgotten.js";
import { OpenGuard } from "../kit/open-guard.js";
import { workspaceCalls } from "../kit/workspace-calls.js";
import { ended, overlaps } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";

/**
 * A workspace store that lives as long as the process: for tests, and for trackers that need not survive a
 * restart. What goes in and what comes out are copies.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryWorkspaceStore } from "ada-carbon/memory";
 *
 * assert.deepEqual(await memoryWorkspaceStore().active("isis"), []);
 */
export function memoryWorkspaceStore(): WorkspaceStore & AsyncDisposable {
  const stored = new SessionsBySite();
  let forgotten: readonly ForgottenUser[] = [];
  const open = new OpenGuard("the memory store");

  const copiesOf = (site: string, wanted: (session: WorkspaceSession) => boolean): WorkspaceSession[] => {
    const copies: WorkspaceSession[] = [];
    for (const session of stored.of(site)) if (wanted(session)) copies.push(copySession(session));
    return copies;
  };

  return {
    ...workspaceCalls(open, {
      async active(site) {
        return copiesOf(site, ({ endedAt }) => endedAt === null);
      },
      async near(site, interval) {
        return copiesOf(site, (session) => overlaps(session, interval));
      },
      async save(sessions) {
        for (const session of sessions) stored.put(copySession(session));
      },
      async end(ids, at) {
        for (const id of ids) {
          const session = stored.get(id);
          if (session !== undefined) stored.put(ended(session, at));
        }
      },
      async removeEnded(before) {
        const gone = stored.all().filter((session) => hasEnded(session, before));
        for (const session of gone) stored.remove(session);
        return gone.length;
      },
      async countEnded(before) {
        return stored.all().filter((session) => hasEnded(session, before)).length;
      },
    }),
    ...forgettingCalls(open, {
      async forgotten() {
        return forgotten;
      },
      async forget(name, user) {
        forgotten = withForgotten(forgotten, user);
        for (const session of stored.all()) {
          if (session.user !== name) continue;
          stored.remove(session);
          stored.put(withoutUser(session));
        }
      },
    }),
    ...closing(async () => {
      if (open.close()) stored.clear();
    }),
  };
}

/** Sessions by site, so that those of one are found without a look at all; an id is at one site only. */
class SessionsBySite {
  readonly #sites = new Map<string, Map<string, WorkspaceSession>>();
  readonly #siteOf = new Map<string, string>();

  put(session: WorkspaceSession): void {
    const { id, site } = session;
    const before = this.#siteOf.get(id);
    if (before !== site) {
      if (before !== undefined) this.#sites.get(before)?.delete(id);
      this.#siteOf.set(id, site);
    }
    remembered(this.#sites, site, () => new Map()).set(id, session);
  }

  remove({ id, site }: WorkspaceSession): void {
    this.#sites.get(site)?.delete(id);
    this.#siteOf.delete(id);
  }

  all(): WorkspaceSession[] {
    return [...this.#sites.values()].flatMap((sessions) => [...sessions.values()]);
  }

  get(id: string): WorkspaceSession | undefined {
    return this.#sites.get(this.#siteOf.get(id) ?? "")?.get(id);
  }

  of(site: string): Iterable<WorkspaceSession> {
    return this.#sites.get(site)?.values() ?? [];
  }

  clear(): void {
    this.#sites.clear();
    this.#siteOf.clear();
  }
}

function hasEnded({ endedAt }: WorkspaceSession, before: number): boolean {
  return endedAt !== null && endedAt < before;
}
