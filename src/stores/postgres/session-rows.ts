import { AdaCarbonError } from "../../usage/errors.js";
import { formatHours, parseHours } from "../kit/hours-document.js";
import { SESSION_QUANTITY_COLUMNS, SESSION_TIME_COLUMNS, sessionQuantities } from "../kit/session-columns.js";
import type { WorkspaceSession } from "../workspace-store.js";
import type { Session } from "./connection.js";
import { type GivenRows, givenRows, instants, jsons, numbers, texts } from "./given-rows.js";
import { addNames, type NamesOf } from "./names.js";
import type { Row } from "./options.js";
import { GROUP, INSTANCE, MACHINE, PROJECT, USER } from "./tables.js";
import { bound, fromText, fromTextOrNull, instant, milliseconds, numberOrNull, toText } from "./text.js";
import { removeNames } from "./usage-write.js";

/** Whom a session is about, in the order in which all writers take names. */
const OWNERS = [
  { dimension: PROJECT, of: "project" },
  { dimension: MACHINE, of: "machine" },
  { dimension: USER, of: "user" },
  { dimension: GROUP, of: "group" },
  { dimension: INSTANCE, of: "instance" },
] as const;

const TIMES = Object.entries(SESSION_TIME_COLUMNS) as [keyof typeof SESSION_TIME_COLUMNS, string][];
const QUANTITIES = Object.entries(SESSION_QUANTITY_COLUMNS) as [
  keyof typeof SESSION_QUANTITY_COLUMNS,
  string,
][];
const QUANTITY_COLUMNS = QUANTITIES.map(([, column]) => column);

/** Columns of the source document's table, and of ours beside it. */
const SESSION_COLUMNS: readonly string[] = [
  ...["project_id", "machine_id", "user_id", "group_id", "started_at", "ended_at"],
  ...["busy_kwh", "idle_kwh", "busy_gco2eq", "idle_gco2eq"],
];
const DETAIL_COLUMNS: readonly string[] = [
  ...["session_key", "site", "instance_id", "counted_until", "runtime_seconds", "unknown_seconds"],
  ...["kwh_without_carbon", "hours", "basis"],
];

/**
 * Puts sessions, which have different ids, in the place of the stored ones. To be run in a transaction that
 * has the workspace lock.
 */
export async function saveSessions(session: Session, sessions: readonly WorkspaceSession[]): Promise<void> {
  const names = OWNERS.map(({ dimension, of }): NamesOf => {
    return [dimension, sessions.map((saved) => saved[of]).filter((name) => name !== null)];
  });
  await addNames(session, ...names);
  const given = sessionsGiven(sessions);
  const detail = session.table("workspace_session_detail");
  const owners = OWNERS.map(
    ({ dimension: { table, name }, of }) =>
      `LEFT JOIN ${session.table(table)} AS ${of}s ON ${of}s.${name} = the_${of}`,
  );
  const ownerIds = OWNERS.map(({ dimension: { id }, of }) => `${of}s.${id}`);
  const upsert = (table: string, columns: readonly string[]): string =>
    `INSERT INTO ${table} (workspace_session_id, ${columns.join(", ")})
     SELECT id, ${columns.join(", ")} FROM placed
     ON CONFLICT (workspace_session_id) DO UPDATE SET
       ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`;
  // A number is taken from the sequence for new sessions only.
  const next = `nextval(pg_get_serial_sequence($${given.parameters.length + 1}::text, 'workspace_session_id'))`;
  await session.rows(
    `WITH placed AS MATERIALIZED (
      SELECT given.*, ${ownerIds.join(", ")}, coalesce(
        (SELECT workspace_session_id FROM ${detail} AS d WHERE d.session_key = given.session_key), ${next}
      ) AS id
      FROM ${given.table} ${owners.join("\n")}
    ),
    sessions AS (${upsert(session.table("workspace_session"), SESSION_COLUMNS)})
    ${upsert(detail, DETAIL_COLUMNS)}`,
    [...given.parameters, session.table("workspace_session")],
  );
}

function sessionsGiven(sessions: readonly WorkspaceSession[]): GivenRows {
  const owners = OWNERS.map(({ of }) => [`the_${of}`, texts(sessions.map((saved) => saved[of]))]);
  const times = TIMES.map(([of, column]) => [column, instants(sessions.map((saved) => saved[of]))]);
  const quantities = QUANTITIES.map(([of, column]) => [column, numbers(sessions.map((saved) => saved[of]))]);
  return givenRows({
    session_key: texts(sessions.map(({ id }) => id)),
    site: texts(sessions.map(({ site }) => site)),
    basis: texts(sessions.map(({ basis }) => basis ?? null)),
    hours: jsons(sessions.map(({ hours }) => formatHours(hours))),
    ...Object.fromEntries([...owners, ...times, ...quantities]),
  });
}

/** Ends those of the sessions that go on, but none before it started. */
export async function endSessions(session: Session, ids: readonly string[], at: number): Promise<void> {
  await session.rows(
    `UPDATE ${session.table("workspace_session")} AS s SET ended_at = greatest($2::timestamptz, started_at)
     FROM ${session.table("workspace_session_detail")} AS d
     WHERE s.workspace_session_id = d.workspace_session_id AND s.ended_at IS NULL
       AND d.session_key = ANY ($1::text[])`,
    [ids.map(toText), instant(at)],
  );
}

/** Which sessions ended before an instant. */
export const ENDED_BEFORE = "s.ended_at < $1::timestamptz";

/** Whose sessions they are. */
export const IS_OF_USERS: string = `the_user.${USER.name} = ANY ($2::text[])`;

/** Deletes the sessions that ended before an instant, and names of users who had nothing else; says how many there were. */
export async function removeEndedSessions(session: Session, before: number): Promise<number> {
  const gone = await readSessions(session, ENDED_BEFORE, [bound(before)]);
  await deleteSessions(session, gone);
  const users = new Set(gone.flatMap(({ user }) => user ?? []));
  await removeNames(
    session,
    [...users].map((name) => ({ kind: "user", name })),
  );
  return gone.length;
}

/** Deletes sessions, and with them what is known of them. */
export async function deleteSessions(session: Session, sessions: readonly WorkspaceSession[]): Promise<void> {
  await session.rows(
    `DELETE FROM ${session.table("workspace_session")} WHERE workspace_session_id IN (
       SELECT workspace_session_id FROM ${session.table("workspace_session_detail")}
       WHERE session_key = ANY ($1::text[]))`,
    [sessions.map(({ id }) => toText(id))],
  );
}

/** The sessions for which a condition on `s`, the document's table, and `d`, ours beside it, holds. */
export async function readSessions(
  session: Session,
  where: string,
  values: readonly (string | readonly string[])[],
): Promise<WorkspaceSession[]> {
  const owners = OWNERS.map(({ dimension: { table, id }, of }) => {
    const holder = of === "instance" ? "d" : "s";
    return `LEFT JOIN ${session.table(table)} AS the_${of} ON the_${of}.${id} = ${holder}.${id}`;
  });
  const names = OWNERS.map(({ dimension: { name }, of }) => `the_${of}.${name}`);
  const times = TIMES.map(([, column]) => milliseconds(column));
  const rows = await session.rows(
    `SELECT session_key, site, ${[...names, ...times, "hours", "basis", ...QUANTITY_COLUMNS].join(", ")}
     FROM ${session.table("workspace_session_detail")} AS d
     JOIN ${session.table("workspace_session")} AS s USING (workspace_session_id)
     ${owners.join("\n")}
     WHERE ${where}`,
    values,
  );
  return rows.map((row) => toSession(row, session.database.place.where));
}

function toSession(row: Row, where: string): WorkspaceSession {
  const [id, site, project, machine, user, group, instance, startedAt, endedAt, countedUntil, ...rest] = row;
  const [hours, basisText, ...quantities] = rest;
  const basis = fromTextOrNull(basisText);
  return {
    id: fromText(id ?? ""),
    site: fromText(site ?? ""),
    instance: fromText(instance ?? ""),
    project: fromTextOrNull(project),
    machine: fromTextOrNull(machine),
    user: fromTextOrNull(user),
    group: fromTextOrNull(group),
    startedAt: Number(startedAt),
    endedAt: numberOrNull(endedAt),
    countedUntil: Number(countedUntil),
    ...sessionQuantities((column) => Number(quantities[QUANTITY_COLUMNS.indexOf(column)] ?? 0)),
    ...(basis === null ? {} : { basis }),
    ...hoursOf(id ?? "", hours ?? null, where),
  };
}

function hoursOf(key: string, json: string | null, where: string): Pick<WorkspaceSession, "hours"> {
  try {
    return parseHours(json);
  } catch (cause) {
    const line = `${where}: the hours of session ${JSON.stringify(key)} are not what ada-carbon stores; they were left untouched: mend or remove them`;
    throw new AdaCarbonError("store-corrupt", line, { cause });
  }
}
