import { basename, join } from "node:path";
import type { Interval } from "../../usage/hour.js";
import type { WorkspaceSession } from "../workspace-store.js";
import { corrupt, readJson } from "./document.js";
import { type Draft, documentsIn } from "./folder-writer.js";
import { mapBounded, stampOf } from "./io.js";
import { decodeName, encodeName } from "./names.js";
import { formatSessions, parseSessions } from "./session-document.js";

/** Below it, a folder a site, and in that a document for each month in which sessions ended. */
export const ENDED = "ended";
const MONTH = /^\d{4}-\d{2}$/;
const FILES_AT_ONCE = 8;

type Sessions = Map<string, WorkspaceSession>;

/** The UTC month of an instant, such as `2025-09`. */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** The document of the sessions of a site that go on, below the folder of all workspaces. */
export function activeFile(site: string): string {
  return `${encodeName(site)}.json`;
}

function endedFile(site: string, month: string): string {
  return `${ENDED}/${encodeName(site)}/${month}.json`;
}

/** The sessions of a site that go on, by id. */
export async function readActive(root: string, site: string, signal?: AbortSignal): Promise<Sessions> {
  return readSessions(join(root, activeFile(site)), site, signal);
}

/** The sessions that go on of every site, a map for each. */
export async function readAllActive(root: string, signal?: AbortSignal): Promise<Sessions[]> {
  return mapBounded(await documentsIn(root), FILES_AT_ONCE, async (file) => {
    const path = join(root, `${file}.json`);
    const decoded = decodeName(file);
    if (decoded === undefined) throw corrupt(path, "its name is one that ada-carbon never gives");
    const sessions = await readSessions(path, decoded === "hashed" ? undefined : decoded.name, signal);
    for (const { site } of sessions.values()) {
      if (activeFile(site) !== basename(path)) throw corrupt(path, `it holds a session of ${site}`);
    }
    return sessions;
  });
}

/** The sessions of a site that ended in `month`, by id. */
export async function readEnded(
  root: string,
  site: string,
  month: string,
  signal?: AbortSignal,
): Promise<Sessions> {
  const path = join(root, endedFile(site, month));
  const sessions = await readSessions(path, site, signal);
  for (const { id, endedAt } of sessions.values()) {
    if (endedAt === null || monthOf(endedAt) !== month) {
      throw corrupt(path, `it holds the session ${id}, which did not end in that month`);
    }
  }
  return sessions;
}

/** The months, ascending, from `first` on in which sessions of a site ended. */
export async function monthsSince(root: string, site: string, first: string): Promise<string[]> {
  const months = await documentsIn(join(root, ENDED, encodeName(site)));
  return months.filter((month) => MONTH.test(month) && month >= first).sort();
}

/**
 * The sessions of a site that may overlap an interval. Writers move sessions between documents so that each is
 * always in one at least; if documents changed while they were read, they are read again, so that none is
 * missed that was moved behind our back.
 */
export async function readDuring(
  root: string,
  site: string,
  { from }: Interval,
  signal?: AbortSignal,
): Promise<WorkspaceSession[]> {
  const first = monthOf(Math.max(0, Math.min(from, LAST_MONTH)));
  for (;;) {
    signal?.throwIfAborted();
    const before = await stampsSince(root, site, first);
    const months = await mapBounded(await monthsSince(root, site, first), FILES_AT_ONCE, (month) =>
      readEnded(root, site, month, signal),
    );
    const active = await readActive(root, site, signal);
    if ((await stampsSince(root, site, first)) !== before) continue;
    // One that is in two documents is being moved; going on is before or after as much as being over is.
    return [...new Map([...months, active].flatMap((sessions) => [...sessions])).values()];
  }
}

const LAST_MONTH = Date.UTC(9999, 11, 1);

/** Changes when one of the documents of ended sessions does. */
async function stampsSince(root: string, site: string, first: string): Promise<string> {
  const months = await monthsSince(root, site, first);
  const stamps = await mapBounded(months, FILES_AT_ONCE, async (month) => {
    return `${month} ${await stampOf(join(root, endedFile(site, month)))}`;
  });
  return stamps.join("\n");
}

/**
 * The documents to write, in that order, so that these sessions of one site are stored in the place of those
 * with the same ids: first the months gain sessions, then the document of those that go on is replaced, then
 * months lose sessions. Killed in between, or seen by a reader, no session is ever in none.
 */
export async function draftsFor(
  root: string,
  site: string,
  sessions: readonly WorkspaceSession[],
  signal?: AbortSignal,
): Promise<{ readonly gains: Draft[]; readonly active: Draft[]; readonly losses: Draft[] }> {
  const news = new Map(sessions.map((session) => [session.id, session]));
  const active = await readActive(root, site, signal);
  const months = await monthsTouched(root, site, [...news.values()], active, signal);

  const gains: Draft[] = [];
  const losses: Draft[] = [];
  for (const [month, stored] of months) {
    const target = endedFile(site, month);
    const gaining = new Map(stored);
    const after = new Map(stored);
    for (const [id, session] of news) {
      const here = session.endedAt !== null && monthOf(session.endedAt) === month;
      if (here) for (const each of [gaining, after]) each.set(id, session);
      else after.delete(id);
    }
    const [old, more, fewer] = [stored, gaining, after].map((each) => formatSessions(each.values()));
    if (more !== undefined && more !== old) gains.push({ target, content: more });
    if (fewer !== undefined && fewer !== more) losses.push({ target, content: fewer });
  }

  const before = formatSessions(active.values());
  for (const [id, session] of news) {
    if (session.endedAt === null) active.set(id, session);
    else active.delete(id);
  }
  const text = formatSessions(active.values());
  return { gains, active: text === before ? [] : [{ target: activeFile(site), content: text }], losses };
}

/** The months whose documents hold one of the sessions, or shall. */
async function monthsTouched(
  root: string,
  site: string,
  news: readonly WorkspaceSession[],
  active: Sessions,
  signal?: AbortSignal,
): Promise<Map<string, Sessions>> {
  const wanted = new Set(news.flatMap(({ endedAt }) => (endedAt === null ? [] : [monthOf(endedAt)])));
  // One that goes on is in no month; any other may have ended in any since it started.
  const starts = news.filter(({ id }) => !active.has(id)).map(({ startedAt }) => startedAt);
  if (starts.length > 0) {
    const first = monthOf(starts.reduce((a, b) => Math.min(a, b)));
    for (const month of await monthsSince(root, site, first)) wanted.add(month);
  }
  const months = await mapBounded([...wanted].sort(), FILES_AT_ONCE, async (month) => {
    return [month, await readEnded(root, site, month, signal)] as const;
  });
  return new Map(months);
}

async function readSessions(path: string, site: string | undefined, signal?: AbortSignal): Promise<Sessions> {
  const value = await readJson(path, signal);
  return value === undefined ? new Map() : parseSessions(value, path, site);
}
