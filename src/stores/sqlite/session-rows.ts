import type { Interval } from "../../usage/hour.js";
import { assertSession } from "../assert-session.js";
import { withoutUser } from "../kit/forgotten.js";
import { formatHours, parseHours } from "../kit/hours-document.js";
import { SESSION_QUANTITY_COLUMNS, SESSION_TIME_COLUMNS, sessionQuantities } from "../kit/session-columns.js";
import type { WorkspaceSession } from "../workspace-store.js";
import type { Connection } from "./connection.js";
import { understood } from "./failure.js";
import { eachInSlices, type Sliced } from "./slices.js";
import { type RowReader, readAll, type SqlRow } from "./text.js";

const TEXTS = ["id", "site", "instance", "project", "machine", "user", "group"] as const;
const NUMBERS = { ...SESSION_TIME_COLUMNS, ...SESSION_QUANTITY_COLUMNS };
const NUMBER_NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

const TABLE = "ada_carbon_workspace_session";
const COLUMNS = [...TEXTS.map((text) => `"${text}"`), ...Object.values(NUMBERS), "hours", "basis"];
const SAVE = `INSERT OR REPLACE INTO ${TABLE} (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;
const SELECT = `SELECT ${TEXTS.map((text) => `CAST("${text}" AS BLOB) AS "${text}"`).join(", ")},
  ${Object.values(NUMBERS).join(", ")}, CAST(hours AS BLOB) AS hours, CAST(basis AS BLOB) AS basis FROM ${TABLE}`;
const READ_OF_USER = `${SELECT} WHERE user = ?`;
const READ_ACTIVE = `${SELECT} WHERE site = ? AND ended_at IS NULL`;
const READ_ACTIVE_OF_USER = `${READ_ACTIVE} AND user = ?`;
const READ_NEAR = `${SELECT} WHERE site = ? AND started_at < ? AND (ended_at IS NULL OR ended_at >= ?)`;
const REMOVE_ENDED = `DELETE FROM ${TABLE} WHERE ended_at < ?`;
const COUNT_ENDED = `SELECT count(*) AS sessions FROM ${TABLE} WHERE ended_at < ?`;
const REMOVE = `DELETE FROM ${TABLE} WHERE id = ?`;
const END = `UPDATE ${TABLE} SET ended_at = max(?, started_at) WHERE id = ? AND ended_at IS NULL`;

/** Puts each session in place of the one with its id. */
export function saveSessions(on: Connection, sessions: readonly WorkspaceSession[]): Sliced<void> {
  return eachInSlices(sessions, (session) => {
    const texts = TEXTS.map((text) => session[text]);
    const numbers = NUMBER_NAMES.map((name) => session[name]);
    on.prepare(SAVE).run(...texts, ...numbers, formatHours(session.hours), session.basis ?? null);
  });
}

/** Ends those that go on. */
export function endSessions(on: Connection, ids: readonly string[], at: number): Sliced<void> {
  return eachInSlices(ids, (id) => void on.prepare(END).run(at, id));
}

/** The sessions of a site that go on, of everybody or of some users, in any order. */
export function* readActive(
  on: Connection,
  where: string,
  site: string,
  users?: readonly string[],
): Sliced<WorkspaceSession[]> {
  if (users === undefined) return yield* readSessions(on.prepare(READ_ACTIVE).iterate(site), where);
  const found: WorkspaceSession[] = [];
  for (const user of new Set(users))
    found.push(...(yield* readSessions(on.prepare(READ_ACTIVE_OF_USER).iterate(site, user), where)));
  return found;
}

/** At least the sessions of a site that overlap [from, to), in any order. */
export function readNear(
  on: Connection,
  where: string,
  site: string,
  { from, to }: Interval,
): Sliced<WorkspaceSession[]> {
  return readSessions(on.prepare(READ_NEAR).iterate(site, to, from), where);
}

/** Deletes those that ended before an instant; says how many. */
export function* removeEndedSessions(on: Connection, before: number): Sliced<number> {
  yield;
  return Number(on.prepare(REMOVE_ENDED).run(before).changes);
}

/** How many these are. */
export function* countEndedSessions(on: Connection, before: number): Sliced<number> {
  yield;
  return Number(on.prepare(COUNT_ENDED).get(before)?.sessions);
}

/** Takes a user out of all sessions, at whatever sites. */
export function* forgetUserOfSessions(on: Connection, where: string, user: string): Sliced<void> {
  const sessions = yield* readSessions(on.prepare(READ_OF_USER).iterate(user), where);
  yield* eachInSlices(sessions, ({ id }) => void on.prepare(REMOVE).run(id));
  yield* saveSessions(
    on,
    sessions.map((session) => withoutUser(session)),
  );
}

function readSessions(rows: Iterable<SqlRow>, where: string): Sliced<WorkspaceSession[]> {
  return readAll(rows, where, (row) => toSession(row, where));
}

function toSession(reader: RowReader, where: string): WorkspaceSession {
  return understood(where, () => {
    const basis = reader.textOrNull("basis");
    const session: WorkspaceSession = {
      id: reader.text("id"),
      site: reader.text("site"),
      instance: reader.text("instance"),
      project: reader.textOrNull("project"),
      machine: reader.textOrNull("machine"),
      user: reader.textOrNull("user"),
      group: reader.textOrNull("group"),
      startedAt: reader.number(NUMBERS.startedAt),
      endedAt: reader.numberOrNull(NUMBERS.endedAt),
      countedUntil: reader.number(NUMBERS.countedUntil),
      ...sessionQuantities((column) => reader.number(column)),
      ...(basis === null ? {} : { basis }),
      ...parseHours(reader.textOrNull("hours")),
    };
    assertSession(session);
    return session;
  });
}
