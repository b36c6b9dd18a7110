import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import {
  DAY_MS,
  type FinishedHour,
  formatInstant,
  HOUR_MS,
  type Interval,
  isHour,
} from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import { formatScope, type Scope } from "../../usage/scope.js";
import { assertSeries, emptySeries, type MutableSeries, type UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import type { Database, Session } from "./database.js";
import { STATUS_OF } from "./days.js";
import type { Row } from "./driver.js";
import { packInstants } from "./packed.js";
import { readProvenances, UNKNOWN } from "./provenance.js";
import { FACT_COLUMNS, FACT_VALUES, type KindTables, tablesOf } from "./tables.js";
import { numbersOf, toText } from "./text.js";

/** An hour before all that PostgreSQL's dates and JavaScript's both have, and one after. */
const FIRST = Date.UTC(-4712, 0, 1);
const END = 8.64e15;

/** One hour as it is stored. */
interface StoredHour {
  readonly hour: number;
  /** In the order of `FACT_VALUES`. */
  readonly values: readonly number[];
  readonly status: Status;
  readonly coverage: number;
  readonly provenanceId: number;
}

/** The same hours, from the first one inside to the first one after it, within what PostgreSQL's dates hold. */
export function clampToDates({ from, to }: Interval): Interval {
  const hour = (ms: number): number => Math.ceil(Math.min(Math.max(ms, FIRST), END) / HOUR_MS) * HOUR_MS;
  return { from: hour(from), to: hour(to) };
}

/** The stored rows of a scope in [from, to). One statement, so that it sees one state. */
export async function readSeries(
  session: Session,
  database: Database,
  scope: Scope,
  interval: Interval,
): Promise<UsageSeries> {
  const { from, to } = clampToDates(interval);
  if (!(from < to)) return toSeries(scope, [], new Map());
  const tables = tablesOf(scope.kind);
  const name = tables.dimension === null ? [] : [toText(scope.name)];
  const bounds = packInstants([from, to]);
  const days = await session.rows(statementFor(database, tables), [bounds, ...name]);
  const hours = days.flatMap((day) => hoursOfDay(day, { from, to }));
  const ids = new Set(hours.map(({ provenanceId }) => provenanceId));
  ids.delete(0);
  return toSeries(scope, hours, await readProvenances(session, database, ids));
}

/** One row a day: the fact rows as arrays, and what they lack. */
function statementFor(database: Database, { dimension, fact, day }: KindTables): string {
  const owner =
    dimension === null
      ? ""
      : `${dimension.id} = (SELECT ${dimension.id} FROM ${database.table(dimension.table)} WHERE ${dimension.name} = $2::text) AND`;
  const arrays = FACT_COLUMNS.map((column) => `array_agg(${column} ORDER BY timestamp_utc) AS ${column}`);
  return `WITH bounds AS (SELECT ($1::timestamptz[])[1] AS start, ($1::timestamptz[])[2] AS finish),
    facts AS (
      SELECT (timestamp_utc AT TIME ZONE 'UTC')::date AS day,
        array_agg((extract(epoch FROM timestamp_utc) * 1000)::float8 ORDER BY timestamp_utc) AS hours,
        ${arrays.join(", ")}
      FROM ${database.table(fact)}
      WHERE ${owner} timestamp_utc >= (SELECT start FROM bounds) AND timestamp_utc < (SELECT finish FROM bounds)
      GROUP BY 1
    ),
    days AS (
      SELECT day, status, coverage, provenance_id, rest FROM ${database.table(day)}
      WHERE ${owner} day >= (SELECT (start AT TIME ZONE 'UTC')::date FROM bounds)
        AND day <= (SELECT (finish AT TIME ZONE 'UTC')::date FROM bounds)
    )
    SELECT day - date '1970-01-01', status, coverage, provenance_id, rest, hours, ${FACT_COLUMNS.join(", ")}
    FROM facts FULL JOIN days USING (day) ORDER BY day`;
}

/** The hours of a row of {@link statementFor}, ascending. */
function hoursOfDay(row: Row, { from, to }: Interval): StoredHour[] {
  const [day, letters, coverages, provenances, restText, hoursText, ...columns] = row;
  const start = Number(day) * DAY_MS;
  const coverage = numbersOf(coverages ?? "{}");
  const provenance = numbersOf(provenances ?? "{}");
  const rest = parseRest(restText);
  const hours = new Map<number, StoredHour>();
  const put = (at: number, values: readonly number[], ours: boolean): void => {
    const slot = (at - start) / HOUR_MS;
    const status = ours ? STATUS_OF.get(letters?.[slot] ?? "") : undefined;
    // Without a word of ours about it, somebody else wrote it.
    hours.set(at, {
      hour: at,
      values,
      status: status ?? "processed",
      coverage: status === undefined ? Number.NaN : (coverage[slot] ?? Number.NaN),
      provenanceId: status === undefined ? 0 : (provenance[slot] ?? 0),
    });
  };
  for (const [slot, values] of rest) {
    const at = start + slot * HOUR_MS;
    if (at >= from && at < to) put(at, values, true);
  }
  const facts = columns.map((column) => numbersOf(column ?? "{}"));
  numbersOf(hoursText ?? "{}").forEach((at, i) => {
    const ours = !rest.has((at - start) / HOUR_MS);
    put(
      at,
      facts.map((column) => column[i] ?? Number.NaN),
      ours,
    );
  });
  return [...hours.values()].sort((a, b) => a.hour - b.hour);
}

/** The hours that the fact table cannot hold, by hour of the day. */
function parseRest(text: string | null | undefined): Map<number, number[]> {
  if (text === null || text === undefined) return new Map();
  const rest: Readonly<Record<string, readonly (number | null)[]>> = JSON.parse(text);
  return new Map(
    Object.entries(rest).map(([slot, values]) => [Number(slot), values.map((value) => value ?? Number.NaN)]),
  );
}

/** @throws {AdaCarbonError} `store-corrupt` for rows that cannot be usage. */
function toSeries(
  scope: Scope,
  rows: readonly StoredHour[],
  provenances: ReadonlyMap<number, Provenance>,
): UsageSeries {
  const { kind, name } = scope;
  const series: MutableSeries = emptySeries(
    { kind, name },
    rows.map(({ hour }) => asHour(hour, scope)),
    UNKNOWN,
  );
  rows.forEach((row, i) => {
    FACT_VALUES.forEach((column, k) => {
      series[column][i] = row.values[k] ?? Number.NaN;
    });
    series.coverage[i] = row.coverage;
    series.status[i] = row.status;
    series.provenance[i] = provenances.get(row.provenanceId) ?? UNKNOWN;
  });
  try {
    assertSeries(series);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw corrupt(scope, cause.message, cause);
  }
  return series;
}

function asHour(ms: number, scope: Scope): FinishedHour {
  // Only finished hours are ever stored.
  if (isHour(ms)) return ms as FinishedHour;
  throw corrupt(scope, `${formatInstant(ms)} is not the start of a UTC hour`);
}

function corrupt(scope: Scope, what: string, cause?: unknown): AdaCarbonError {
  const { fact } = tablesOf(scope.kind);
  return new AdaCarbonError(
    "store-corrupt",
    `a row of ${formatScope(scope)} in ${fact} cannot be usage: ${what}; correct or delete it`,
    { cause },
  );
}
