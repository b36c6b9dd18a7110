import { assertSeries } from "../../usage/assert-series.js";
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
import { emptySeries, type MutableSeries, type UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./database.js";
import { STATUS_OF } from "./days.js";
import type { Row } from "./driver.js";
import { packInstants, UnpackedArray } from "./packed.js";
import { readProvenances, UNKNOWN } from "./provenance.js";
import { FACT_COLUMNS, FACT_VALUES, type KindTables, tablesOf } from "./tables.js";
import { toText } from "./text.js";

/** An hour before all that PostgreSQL's dates and JavaScript's both have, and one after. */
const FIRST = Date.UTC(-4712, 0, 1);
const END = 8.64e15;

const NONE = new UnpackedArray(null);

/** The stored hours of a UTC day. */
interface StoredDay {
  readonly start: number;
  /** Ascending. */
  readonly hours: readonly number[];
  /** The fact rows: their hours, and the numbers in the order of `FACT_VALUES`. */
  readonly factHours: UnpackedArray;
  readonly facts: readonly UnpackedArray[];
  /** What we stored of hours that the fact table cannot hold, by hour of the day. */
  readonly rest: ReadonlyMap<number, readonly number[]>;
  /** What we stored of all, by hour of the day. */
  readonly letters: string;
  readonly coverage: UnpackedArray;
  readonly provenanceIds: UnpackedArray;
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
  if (!(from < to)) return emptySeries(scope, [], UNKNOWN);
  const tables = tablesOf(scope.kind);
  const name = tables.dimension === null ? [] : [toText(scope.name)];
  const bounds = packInstants([from, to]);
  const rows = await session.rows(statementFor(database, tables), [bounds, ...name]);
  const days = rows.map((row) => toDay(scope, row, { from, to }));
  const ids = new Set(days.flatMap(({ provenanceIds }) => [...provenanceIds]));
  ids.delete(0);
  return toSeries(scope, days, await readProvenances(session, database, ids));
}

/** One row a day: the fact rows as arrays, and what they lack. */
function statementFor(database: Database, { dimension, fact, day }: KindTables): string {
  const owner =
    dimension === null
      ? ""
      : `${dimension.id} = (SELECT ${dimension.id} FROM ${database.table(dimension.table)} WHERE ${dimension.name} = $2::text) AND`;
  const arrays = FACT_COLUMNS.map(
    (column) => `array_agg(coalesce(${column}, 'NaN') ORDER BY timestamp_utc) AS ${column}`,
  );
  // In hexadecimal digits of their own bytes: neither side spends time on decimal ones, or memory on a text each.
  const packed = ["coverage", "provenance_id", "hours", ...FACT_COLUMNS].map(
    (column) => `encode(array_send(${column}), 'hex')`,
  );
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
    SELECT day - date '1970-01-01', status, rest, ${packed.join(", ")}
    FROM facts FULL JOIN days USING (day) ORDER BY day`;
}

/** A row of {@link statementFor}. */
function toDay(scope: Scope, row: Row, { from, to }: Interval): StoredDay {
  const [day, letters, restText, ...packed] = row;
  const start = Number(day) * DAY_MS;
  const rest = parseRest(restText);
  const [coverage = NONE, provenanceIds = NONE, factHours = NONE, ...facts] = packed.map(
    (digits) => new UnpackedArray(digits),
  );
  if (coverage.hasNull || provenanceIds.hasNull) throw corrupt(scope, "its day has NULL among its numbers");
  const hours = [...factHours];
  const others = [...rest.keys()].map((slot) => start + slot * HOUR_MS);
  const missing = others.filter((at) => at >= from && at < to && !hours.includes(at));
  const all = missing.length === 0 ? hours : [...hours, ...missing].sort((a, b) => a - b);
  return { start, hours: all, factHours, facts, rest, letters: letters ?? "", coverage, provenanceIds };
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
  { kind, name }: Scope,
  days: readonly StoredDay[],
  provenances: ReadonlyMap<number, Provenance>,
): UsageSeries {
  const scope = { kind, name };
  const hours = days.flatMap((day) => day.hours.map((hour) => asHour(hour, scope)));
  const series: MutableSeries = emptySeries(scope, hours, UNKNOWN);
  let next = 0;
  for (const day of days) {
    let fact = 0;
    for (const at of day.hours) {
      const isFact = day.factHours.at(fact) === at;
      put(series, next++, day, at, isFact ? fact++ : undefined, provenances);
    }
  }
  try {
    assertSeries(series);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw corrupt(scope, cause.message, cause);
  }
  return series;
}

/** Puts an hour of a day where row `i` is, from its fact row if it has one. */
function put(
  series: MutableSeries,
  i: number,
  day: StoredDay,
  at: number,
  fact: number | undefined,
  provenances: ReadonlyMap<number, Provenance>,
): void {
  const slot = (at - day.start) / HOUR_MS;
  const other = day.rest.get(slot);
  for (let column = 0; column < FACT_VALUES.length; column++) {
    const value = fact === undefined ? other?.[column] : day.facts[column]?.at(fact);
    series[FACT_VALUES[column] ?? "gco2eqPerKwh"][i] = value ?? Number.NaN;
  }
  // Without a word of ours about the row, somebody else wrote it.
  const ours = fact === undefined || other === undefined ? STATUS_OF.get(day.letters[slot] ?? "") : undefined;
  series.status[i] = ours ?? "processed";
  series.coverage[i] = ours === undefined ? Number.NaN : day.coverage.at(slot);
  series.provenance[i] = (ours && provenances.get(day.provenanceIds.at(slot))) ?? UNKNOWN;
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
