import { join } from "node:path";
import { closing } from "../kit/closing.js";
import { copySession } from "../kit/copy-session.js";
import { forgettingCalls } from "../kit/forgotten.js";
import { OpenGuard } from "../kit/open-guard.js";
import { workspaceCalls } from "../kit/workspace-calls.js";
import { ended } from "../session-sums.js";
import type { WorkspaceSession, WorkspaceStore } from "../workspace-store.js";
import {
  checkedFolder,
  type Draft,
  FolderWriter,
  type FolderWriterOptions,
  WRITER_OPTIONS,
} from "./folder-writer.js";
import { draftsOfForgotten, readForgotten } from "./forgotten.js";
import { foldersIn, isThere } from "./io.js";
import {
  activeFile,
  draftsFor,
  draftsSince,
  draftsWithoutUser,
  ENDED,
  readActive,
  readAllActive,
  readDuring,
} from "./session-files.js";

/** A {@link WorkspaceStore} that is a folder of JSON documents. */
export interface FileWorkspaceStore extends WorkspaceStore, AsyncDisposable {
  /** Absolute path of the document of a site's active workspaces, whether it is there or not. */
  pathOf(site: string): string;
}

/**
 * Keeps the sessions that go on in one document a site, `<folder>/workspaces/<site>.json`: an array of the
 * source documents' ActiveWorkspace, each with one more member, `ada_carbon`. Sessions that are over go to
 * `<folder>/workspaces/ended/<site>/<YYYY-MM>.json`, by the month of their end, so that a poll every minute
 * rewrites only what goes on.
 *
 * A call is stored whole or not at all, also when the process is killed. Rejects with `store-corrupt` for a
 * document that is not what it should be, which is left as it is; `store-unavailable` if the folder cannot be
 * read or written; `store-locked` if another writer does not finish.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileWorkspaceStore } from "ada-carbon/files";
 *
 * const store = fileWorkspaceStore(join(tmpdir(), "no-workspaces-yet"));
 * assert.deepEqual(await store.active("isis"), []);
 * assert.match(store.pathOf("isis"), /workspaces.isis\.json$/);
 */
export function fileWorkspaceStore(folder: string, options: FolderWriterOptions = {}): FileWorkspaceStore {
  const root = join(checkedFolder("fileWorkspaceStore", folder, options, WRITER_OPTIONS), "workspaces");
  const open = new OpenGuard(`the workspaces in ${root}`);
  const writer = new FolderWriter(root, options, async () =>
    (await foldersIn(join(root, ENDED))).map((site) => `${ENDED}/${site}`),
  );

  return {
    pathOf: (site) => join(root, activeFile(site)),

    ...workspaceCalls(open, {
      active: async (site, signal) => [...(await readActive(root, site, signal)).values()],

      near: (site, interval, signal) => readDuring(root, site, interval, signal),

      async save(sessions, signal) {
        // Later the caller may have changed them.
        const given = sessions.map(copySession);
        await writer.write(async (stage) => stage.putAll(await draftsForAll(root, given, signal)), signal);
      },

      async end(ids, at, signal) {
        const wanted = new Set(ids);
        const going = async (): Promise<WorkspaceSession[]> =>
          (await readAllActive(root, signal)).flatMap((site) =>
            [...site.values()].filter((session) => wanted.has(session.id)),
          );
        if ((await going()).length === 0) return;
        await writer.write(async (stage) => {
          const sessions = (await going()).map((session) => ended(session, at));
          await stage.putAll(await draftsForAll(root, sessions, signal));
        }, signal);
      },

      async countEnded(before, signal) {
        return (await draftsSince(root, before, signal)).removed;
      },

      async removeEnded(before, signal) {
        if (!(await isThere(root))) return 0;
        let count = 0;
        await writer.write(async (stage) => {
          const { drafts, removed } = await draftsSince(root, before, signal);
          await stage.putAll(drafts);
          count = removed;
        }, signal);
        return count;
      },
    }),

    ...forgettingCalls(open, {
      forgotten: (signal) => readForgotten(root, signal),
      forget: (name, user, signal) =>
        writer.write(async (stage) => {
          const sessions = await draftsWithoutUser(root, name, signal);
          await stage.putAll([...sessions, ...(await draftsOfForgotten(root, user))]);
        }, signal),
    }),

    ...closing(async () => {
      if (open.close()) await writer.close();
    }),
  };
}

/** The documents to write so that these sessions are stored. */
async function draftsForAll(
  root: string,
  sessions: readonly WorkspaceSession[],
  signal?: AbortSignal,
): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const [site, ofSite] of Map.groupBy(sessions, (session) => session.site)) {
    drafts.push(...(await draftsFor(root, site, ofSite, signal)));
  }
  return drafts;
}
