import { AdaCarbonError } from "../../usage/errors.js";
import { formatHours, parseHours } from "../kit/hours-document.js";
import type { WorkspaceSession } from "../workspace-store.js";
import type { Database, Session } from "./connection.js";
import { addNames } from "./names.js";
import type { Row } from "./options.js";
import { GROUP, INSTANCE, MACHINE, PROJECT, USER } from "./tables.js";
import {
  fromText,
  fromTextOrNull,
  instant,
  milliseconds,
  numberArray,
  numberOrNull,
  toText,
  toTextOrNull,
} from "./text.js";

/** Whom a session is about, in the order in which all writers take names. */
const OWNERS = [
  { dimension: PROJECT, of: "project" },
  { dimension: MACHINE, of: "machine" },
  { dimension: USER, of: "user" },
  { dimension: GROUP, of: "group" },
  { dimension: INSTANCE, of: "instance" },
] as const;

const TIMES = { started_at: "startedAt", ended_at: "endedAt", counted_until: "countedUntil" } as const;
const NUMBERS = {
  busy_kwh: "busyKwh",
  idle_kwh: "idleKwh",
  busy_gco2eq: "busyGco2eq",
  idle_gco2eq: "idleGco2eq",
  runtime_seconds: "runtimeSeconds",
  unknown_seconds: "unknownSeconds",
  kwh_without_carbon: "kwhWithoutCarbon",
} as const;

/** Columns of the source document's table, and of ours beside it. */
const SESSION_COLUMNS: readonly string[] = [
  ...["project_id", "machine_id", "user_id", "group_id", "started_at", "ended_at"],
  ...["busy_kwh", "idle_kwh", "busy_gco2eq", "idle_gco2eq"],
];
const DETAIL_COLUMNS: readonly string[] = [
  ...["session_key", "site", "instance_id", "counted_until", "runtime_seconds", "unknown_seconds"],
  ...["kwh_without_carbon", "hours"],
];

/**
 * Puts sessions, which have different ids, in the place of the stored ones. To be run in a transaction that
 * has the workspace lock.
 */
export async function saveSessions(
  session: Session,
  database: Database,
  sessions: readonly WorkspaceSession[],
): Promise<void> {
  for (const { dimension, of } of OWNERS) {
    const names = sessions.map((saved) => saved[of]).filter((name) => name !== null);
    await addNames(session, database, dimension, names);
  }
  const given: (readonly [column: string, type: string, values: unknown])[] = [
    ["session_key", "text[]", sessions.map(({ id }) => toText(id))],
    ["site", "text[]", sessions.map(({ site }) => toText(site))],
    ["hours", "json[]", sessions.map(({ hours }) => formatHours(hours))],
  ];
  for (const { of } of OWNERS) {
    given.push([`the_${of}`, "text[]", sessions.map((saved) => toTextOrNull(saved[of]))]);
  }
  for (const [column, of] of Object.entries(TIMES)) {
    const times = sessions.map((saved) => saved[of]).map((ms) => (ms === null ? null : instant(ms)));
    given.push([column, "timestamptz[]", times]);
  }
  for (const [column, of] of Object.entries(NUMBERS)) {
    given.push([column, "float8[]", numberArray(sessions.map((saved) => saved[of]))]);
  }
  await session.rows(
    upsert(
      database,
      given.map(([column]) => column),
      given.map(([, type], i) => `$${i + 2}::${type}`),
    ),
    [database.table("workspace_session"), ...given.map(([, , values]) => values)],
  );
}

/** A number is taken from the sequence for new sessions only. */
function upsert(database: Database, columns: readonly string[], arrays: readonly string[]): string {
  const detail = database.table("workspace_session_detail");
  const into = (table: string, names: readonly string[]): string =>
    `INSERT INTO ${table} (workspace_session_id, ${names.join(", ")})
     SELECT id, ${names.join(", ")} FROM placed
     ON CONFLICT (workspace_session_id) DO UPDATE SET
       ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`;
  const owners = OWNERS.map(
    ({ dimension: { table, name }, of }) =>
      `LEFT JOIN ${database.table(table)} ON ${table}.${name} = the_${of}`,
  );
  return `WITH placed AS MATERIALIZED (
      SELECT given.*, ${OWNERS.map(({ dimension: { table, id } }) => `${table}.${id}`).join(", ")}, coalesce(
        (SELECT workspace_session_id FROM ${detail} AS d WHERE d.session_key = given.session_key),
        nextval(pg_get_serial_sequence($1::text, 'workspace_session_id'))
      ) AS id
      FROM unnest(${arrays.join(", ")}) AS given (${columns.join(", ")})
      ${owners.join("\n")}
    ),
    sessions AS (${into(database.table("workspace_session"), SESSION_COLUMNS)})
    ${into(detail, DETAIL_COLUMNS)}`;
}

/** Ends those of the sessions that go on, but none before it started. */
export async function endSessions(
  session: Session,
  database: Database,
  ids: readonly string[],
  at: number,
): Promise<void> {
  await session.rows(
    `UPDATE ${database.table("workspace_session")} AS s SET ended_at = greatest($2::timestamptz, started_at)
     FROM ${database.table("workspace_session_detail")} AS d
     WHERE s.workspace_session_id = d.workspace_session_id AND s.ended_at IS NULL
       AND d.session_key = ANY ($1::text[])`,
    [ids.map(toText), instant(at)],
  );
}

/** The sessions for which a condition on `s`, the document's table, and `d`, ours beside it, holds. */
export async function readSessions(
  session: Session,
  database: Database,
  where: string,
  values: readonly string[],
): Promise<WorkspaceSession[]> {
  const owners = OWNERS.map(({ dimension: { table, id }, of }) => {
    const holder = of === "instance" ? "d" : "s";
    return `LEFT JOIN ${database.table(table)} AS the_${of} ON the_${of}.${id} = ${holder}.${id}`;
  });
  const names = OWNERS.map(({ dimension: { name }, of }) => `the_${of}.${name}`);
  const times = Object.keys(TIMES).map(milliseconds);
  const rows = await session.rows(
    `SELECT session_key, site, ${[...names, ...times, "hours", ...Object.keys(NUMBERS)].join(", ")}
     FROM ${database.table("workspace_session_detail")} AS d
     JOIN ${database.table("workspace_session")} AS s USING (workspace_session_id)
     ${owners.join("\n")}
     WHERE ${where}`,
    values,
  );
  return rows.map((row) => toSession(row, database.place.where));
}

function toSession(row: Row, where: string): WorkspaceSession {
  const [id, site, project, machine, user, group, instance, startedAt, endedAt, countedUntil, ...rest] = row;
  const [hours, ...numbers] = rest;
  const columns = Object.keys(NUMBERS);
  const number = (column: keyof typeof NUMBERS): number => Number(numbers[columns.indexOf(column)] ?? 0);
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
    runtimeSeconds: number("runtime_seconds"),
    unknownSeconds: number("unknown_seconds"),
    busyKwh: number("busy_kwh"),
    idleKwh: number("idle_kwh"),
    busyGco2eq: number("busy_gco2eq"),
    idleGco2eq: number("idle_gco2eq"),
    kwhWithoutCarbon: number("kwh_without_carbon"),
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
