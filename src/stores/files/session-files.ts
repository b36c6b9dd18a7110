import { basename, join } from "node:path";
import type { Interval } from "../../usage/hour.js";
import { monthOf } from "../../usage/month.js";
import { withoutUser } from "../kit/forgotten.js";
import type { WorkspaceSession } from "../workspace-store.js";
import { corrupt, readJson } from "./document.js";
import { type Draft, documentsIn } from "./folder-writer.js";
import { foldersIn, mapBounded } from "./io.js";
import { type BatchView, readBetweenBatches } from "./journal.js";
import { decodeName, encodeName } from "./names.js";
import { formatSessions, parseSessions } from "./session-document.js";

/** Below it, a folder a site, and in that a document for each month in which sessions ended. */
export const ENDED = "ended";
const MONTH = /^\d{4}-\d{2}$/;
const LAST_MONTH = Date.UTC(9999, 11, 1);
const FILES_AT_ONCE = 8;

type Sessions = Map<string, WorkspaceSession>;

/** The document of the sessions of a site that go on, below the folder of all workspaces. */
export function activeFile(site: string): string {
  return `${encodeName(site)}.json`;
}

function endedFile(site: string, month: string): string {
  return `${ENDED}/${encodeName(site)}/${month}.json`;
}

/** The sessions of a site that go on, by id. */
export async function readActive(root: string, site: string, signal?: AbortSignal): Promise<Sessions> {
  return readBetweenBatches(root, (view) => readSessions(view, activeFile(site), site, signal));
}

/** The sessions that go on of every site, a map for each. */
export async function readAllActive(root: string, signal?: AbortSignal): Promise<Sessions[]> {
  return readBetweenBatches(root, async (view) =>
    mapBounded(await documentsIn(root), FILES_AT_ONCE, async (file) => {
      const path = join(root, `${file}.json`);
      const decoded = decodeName(file);
      if (decoded === undefined) throw corrupt(path, "its name is one that ada-carbon never gives");
      const site = decoded === "hashed" ? undefined : decoded.name;
      const sessions = await readSessions(view, `${file}.json`, site, signal);
      for (const session of sessions.values()) {
        if (activeFile(session.site) !== basename(path)) {
          throw corrupt(path, `it holds a session of ${session.site}`);
        }
      }
      return sessions;
    }),
  );
}

/** The sessions of a site that may overlap an interval. */
export async function readDuring(
  root: string,
  site: string,
  { from }: Interval,
  signal?: AbortSignal,
): Promise<WorkspaceSession[]> {
  const first = monthOf(Math.max(0, Math.min(from, LAST_MONTH)));
  return readBetweenBatches(root, async (view) => {
    const months = await monthsSince(view, site, first);
    const ended = await mapBounded(months, FILES_AT_ONCE, (month) => readEnded(view, site, month, signal));
    const active = await readSessions(view, activeFile(site), site, signal);
    return [...ended, active].flatMap((sessions) => [...sessions.values()]);
  });
}

/** The documents to write so that these sessions of one site are stored in the place of those with the same ids. */
export async function draftsFor(
  root: string,
  site: string,
  sessions: readonly WorkspaceSession[],
  signal?: AbortSignal,
): Promise<Draft[]> {
  return readBetweenBatches(root, async (view) => {
    const news = new Map(sessions.map((session) => [session.id, session]));
    const active = await readSessions(view, activeFile(site), site, signal);
    const endMonths = new Set(
      [...news.values()].flatMap(({ endedAt }) => (endedAt === null ? [] : [monthOf(endedAt)])),
    );
    // One that goes on is in no month; any other may have ended in any since it started.
    const starts = [...news.values()].filter(({ id }) => !active.has(id)).map(({ startedAt }) => startedAt);
    const since = starts.length === 0 ? [] : await monthsSince(view, site, monthOf(Math.min(...starts)));
    const months = await mapBounded(
      [...new Set([...endMonths, ...since])].sort(),
      FILES_AT_ONCE,
      async (month) => {
        const before = await readEnded(view, site, month, signal);
        return draft(
          endedFile(site, month),
          before,
          news,
          ({ endedAt }) => endedAt !== null && monthOf(endedAt) === month,
        );
      },
    );
    return [...months, draft(activeFile(site), active, news, ({ endedAt }) => endedAt === null)].flat();
  });
}

/** The documents to write so that no session is a user's any more. Called by the only writer, after the last batch. */
export async function draftsWithoutUser(root: string, user: string, signal?: AbortSignal): Promise<Draft[]> {
  const { drafts } = await draftsOfAll(root, signal, (session) =>
    session.user === user ? withoutUser(session) : session,
  );
  return drafts;
}

/** The documents to write so that no session ended before an instant, and how many did. */
export function draftsSince(
  root: string,
  before: number,
  signal?: AbortSignal,
): Promise<{ drafts: Draft[]; removed: number }> {
  return draftsOfAll(root, signal, (session) =>
    session.endedAt !== null && session.endedAt < before ? undefined : session,
  );
}

/** All documents that differ when every session is what `change` makes of it; `undefined` removes it. */
async function draftsOfAll(
  root: string,
  signal: AbortSignal | undefined,
  change: (session: WorkspaceSession) => WorkspaceSession | undefined,
): Promise<{ drafts: Draft[]; removed: number }> {
  const drafts: Draft[] = [];
  let removed = 0;
  const folders = ["", ...(await foldersIn(join(root, ENDED))).map((site) => `${ENDED}/${site}/`)];
  for (const folder of folders) {
    for (const file of await documentsIn(join(root, folder))) {
      const target = `${folder}${file}.json`;
      const value = await readJson(join(root, target), signal);
      // The entries themselves say of which site they are.
      const before = [...parseSessions(value, join(root, target), undefined).values()];
      const after = before.flatMap((session) => change(session) ?? []);
      if (after.length === before.length && after.every((session, i) => session === before[i])) continue;
      removed += before.length - after.length;
      drafts.push({ target, content: formatSessions(after), isEmpty: folder !== "" && after.length === 0 });
    }
  }
  return { drafts, removed };
}

/** A document with the new sessions that belong there and without the others; none if that changes nothing. */
function draft(
  target: string,
  before: Sessions,
  news: Sessions,
  belongs: (session: WorkspaceSession) => boolean,
): Draft[] {
  const after = new Map(before);
  for (const [id, session] of news) {
    if (belongs(session)) after.set(id, session);
    else after.delete(id);
  }
  const content = formatSessions(after.values());
  return content === formatSessions(before.values()) ? [] : [{ target, content }];
}

/** The months, ascending, from `first` on in which sessions of a site ended. */
async function monthsSince(view: BatchView, site: string, first: string): Promise<string[]> {
  const months = [
    ...(await documentsIn(join(view.root, ENDED, encodeName(site)))),
    ...view.comingIn(`${ENDED}/${encodeName(site)}`),
  ];
  return [...new Set(months)].filter((month) => MONTH.test(month) && month >= first).sort();
}

/** The sessions of a site that ended in `month`, by id. */
async function readEnded(
  view: BatchView,
  site: string,
  month: string,
  signal?: AbortSignal,
): Promise<Sessions> {
  const sessions = await readSessions(view, endedFile(site, month), site, signal);
  for (const { id, endedAt } of sessions.values()) {
    if (endedAt === null || monthOf(endedAt) !== month) {
      throw corrupt(
        join(view.root, endedFile(site, month)),
        `it holds the session ${id}, which did not end in that month`,
      );
    }
  }
  return sessions;
}

async function readSessions(
  view: BatchView,
  target: string,
  site: string | undefined,
  signal?: AbortSignal,
): Promise<Sessions> {
  for (const path of view.pathsOf(target)) {
    const value = await readJson(path, signal);
    if (value !== undefined) return parseSessions(value, path, site);
  }
  return new Map();
}
