import { AdaCarbonError } from "../../usage/errors.js";
import { formatHours, parseHours } from "../kit/hours-document.js";
import type { WorkspaceSession } from "../workspace-store.js";
import type { Database, Session } from "./database.js";
import type { Row } from "./driver.js";
import { idsOf } from "./names.js";
import { packFloats, packIdsOrNull, packInstants } from "./packed.js";
import { type Dimension, GROUP, INSTANCE, MACHINE, PROJECT, USER } from "./tables.js";
import { fromText, fromTextOrNull, toText } from "./text.js";

/** Whom a session is about, in the order in which all writers take names. */
const OWNERS = [
  { dimension: PROJECT, of: "project" },
  { dimension: MACHINE, of: "machine" },
  { dimension: USER, of: "user" },
  { dimension: GROUP, of: "group" },
  { dimension: INSTANCE, of: "instance" },
] as const;

const OWN_TIMES = { started_at: "startedAt", ended_at: "endedAt" } as const;
const OWN_NUMBERS = {
  busy_kwh: "busyKwh",
  idle_kwh: "idleKwh",
  busy_gco2eq: "busyGco2eq",
  idle_gco2eq: "idleGco2eq",
} as const;
const DETAIL_NUMBERS = {
  runtime_seconds: "runtimeSeconds",
  unknown_seconds: "unknownSeconds",
  kwh_without_carbon: "kwhWithoutCarbon",
} as const;

/** Columns of the source document's table, and of ours beside it. */
const OWN_COLUMNS: readonly string[] = [
  "project_id",
  "machine_id",
  "user_id",
  "group_id",
  ...Object.keys(OWN_TIMES),
  ...Object.keys(OWN_NUMBERS),
];
const DETAIL_COLUMNS: readonly string[] = [
  "session_key",
  "site",
  "instance_id",
  "counted_until",
  ...Object.keys(DETAIL_NUMBERS),
];

/**
 * Puts sessions, which have different ids, in the place of the stored ones. To be run in a transaction that
 * has the workspace lock. A sequence value is taken for new sessions only.
 */
export async function saveSessions(
  session: Session,
  database: Database,
  sessions: readonly WorkspaceSession[],
): Promise<void> {
  const given: Record<string, readonly [type: string, values: unknown]> = {
    session_key: ["text[]", sessions.map(({ id }) => toText(id))],
    site: ["text[]", sessions.map(({ site }) => toText(site))],
    counted_until: ["timestamptz[]", packInstants(sessions.map(({ countedUntil }) => countedUntil))],
    hours: ["text[]", sessions.map(({ hours }) => formatHours(hours))],
  };
  for (const { dimension, of } of OWNERS) {
    const names = sessions.map((each) => each[of]).filter((name) => name !== null);
    const ids = await idsOf(session, database, dimension, names);
    const idOf = (name: string | null): bigint | null => (name === null ? null : (ids.get(name) ?? null));
    given[dimension.id] = ["int8[]", packIdsOrNull(sessions.map((each) => idOf(each[of])))];
  }
  for (const [column, of] of Object.entries(OWN_TIMES)) {
    given[column] = ["timestamptz[]", packInstants(sessions.map((each) => each[of]))];
  }
  for (const [column, of] of Object.entries({ ...OWN_NUMBERS, ...DETAIL_NUMBERS })) {
    given[column] = ["float8[]", packFloats(sessions.map((each) => each[of]))];
  }
  await session.rows(upsertOf(database, given), [
    database.table("workspace_session"),
    ...Object.values(given).map(([, values]) => values),
  ]);
}

function upsertOf(database: Database, given: Readonly<Record<string, readonly [string, unknown]>>): string {
  const arrays = Object.values(given).map(([type], i) => `$${i + 2}::${type}`);
  const detail = database.table("workspace_session_detail");
  const hours = database.table("workspace_session_hours");
  const upsert = (table: string, columns: readonly string[]): string =>
    `INSERT INTO ${table} (workspace_session_id, ${columns.join(", ")})
     SELECT id, ${columns.join(", ")} FROM placed
     ON CONFLICT (workspace_session_id) DO UPDATE SET
       ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}`;
  return `WITH given AS (
      SELECT * FROM unnest(${arrays.join(", ")}) AS given (${Object.keys(given).join(", ")})
    ),
    placed AS MATERIALIZED (
      SELECT given.*, coalesce(
        (SELECT workspace_session_id FROM ${detail} AS d WHERE d.session_key = given.session_key),
        nextval(pg_get_serial_sequence($1::text, 'workspace_session_id'))
      ) AS id
      FROM given
    ),
    own AS (${upsert(database.table("workspace_session"), OWN_COLUMNS)}),
    done AS (
      DELETE FROM ${hours} AS h USING placed
      WHERE h.workspace_session_id = placed.id AND placed.hours IS NULL
    ),
    pending AS (
      INSERT INTO ${hours} (workspace_session_id, hours)
      SELECT id, hours FROM placed WHERE hours IS NOT NULL
      ON CONFLICT (workspace_session_id) DO UPDATE SET hours = excluded.hours
    )
    ${upsert(detail, DETAIL_COLUMNS)}`;
}

/** The sessions for which a condition on `s`, the document's table, and `d`, ours beside it, holds. */
export async function readSessions(
  session: Session,
  database: Database,
  where: string,
  values: readonly unknown[],
): Promise<WorkspaceSession[]> {
  const ms = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;
  const name = ({ name }: Dimension, i: number): string => `o${i}.${name}`;
  const owners = OWNERS.map(({ dimension }) => dimension);
  const rows = await session.rows(
    `SELECT d.session_key, d.site, ${owners.map(name).join(", ")},
       ${ms("s.started_at")}, ${ms("s.ended_at")}, ${ms("d.counted_until")},
       d.runtime_seconds, d.unknown_seconds, s.busy_kwh, s.idle_kwh, s.busy_gco2eq, s.idle_gco2eq,
       d.kwh_without_carbon, h.hours
     FROM ${database.table("workspace_session_detail")} AS d
     JOIN ${database.table("workspace_session")} AS s USING (workspace_session_id)
     LEFT JOIN ${database.table("workspace_session_hours")} AS h USING (workspace_session_id)
     ${OWNERS.map(({ dimension: { table, id }, of }, i) => {
       const holder = of === "instance" ? "d" : "s";
       return `LEFT JOIN ${database.table(table)} AS o${i} ON o${i}.${id} = ${holder}.${id}`;
     }).join("\n")}
     WHERE ${where}`,
    values,
  );
  return rows.map((row) => toSession(row, database.place.where));
}

function toSession(row: Row, where: string): WorkspaceSession {
  const [id, site, project, machine, user, group, instance, startedAt, endedAt, ...numbers] = row;
  const number = (i: number): number => Number(numbers[i] ?? 0);
  return {
    id: fromText(id ?? ""),
    site: fromText(site ?? ""),
    instance: fromText(instance ?? ""),
    project: fromTextOrNull(project),
    machine: fromTextOrNull(machine),
    user: fromTextOrNull(user),
    group: fromTextOrNull(group),
    startedAt: Number(startedAt),
    endedAt: endedAt === null || endedAt === undefined ? null : Number(endedAt),
    countedUntil: number(0),
    runtimeSeconds: number(1),
    unknownSeconds: number(2),
    busyKwh: number(3),
    idleKwh: number(4),
    busyGco2eq: number(5),
    idleGco2eq: number(6),
    kwhWithoutCarbon: number(7),
    ...hoursOf(id ?? "", numbers[8] ?? null, where),
  };
}

function hoursOf(key: string, text: string | null, where: string): Pick<WorkspaceSession, "hours"> {
  try {
    return parseHours(text);
  } catch (cause) {
    const line = `${where}: the hours of session ${JSON.stringify(key)} are not what ada-carbon stores; they were left untouched: mend or remove them`;
    throw new AdaCarbonError("store-corrupt", line, { cause });
  }
}
