import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import type { Database } from "./database.js";
import { isFact } from "./facts.js";
import type { Owned, Stretch } from "./owned.js";
import { PackedArray } from "./packed.js";
import type { Statement } from "./statement.js";
import { FACT_VALUES, type KindTables } from "./tables.js";

/** Days that there is room for at first. */
const FEW = 64;
const HOURS = 24;

/** The letter of an hour of which nothing is stored. */
export const NOTHING = ".";
const LETTERS: Readonly<Record<Status, string>> = {
  "not downloaded": "n",
  "download incomplete": "i",
  unprocessed: "u",
  processed: "p",
  fake: "f",
};

/** The status behind a letter of a day. */
export const STATUS_OF: ReadonlyMap<string, Status> = new Map(
  (Object.entries(LETTERS) as [Status, string][]).map(([status, letter]) => [letter, status]),
);

/** A day of which nothing is known. */
const NO_COVERAGE: PackedArray = PackedArray.float8(HOURS);
const NO_PROVENANCE: PackedArray = PackedArray.int4(HOURS);
for (let hour = 0; hour < HOURS; hour++) {
  NO_COVERAGE.addFloat(Number.NaN);
  NO_PROVENANCE.addInteger(0);
}

/** What the fact rows of a kind lack, a row a day, to be merged into what is there of other hours. */
export class DayRows {
  readonly #tables: KindTables;
  readonly #ids: PackedArray = PackedArray.int8(FEW);
  readonly #days: PackedArray = PackedArray.date(FEW);
  // 24 elements a day, without NULL, so that the server finds a day's slice by multiplication.
  readonly #coverage: PackedArray = PackedArray.float8(HOURS * FEW);
  readonly #provenances: PackedArray = PackedArray.int4(HOURS * FEW);
  #statuses: string[] = [];
  #rests: (string | null)[] = [];

  constructor(tables: KindTables) {
    this.#tables = tables;
  }

  /** Rows `from` up to `to` of a series: hours one after the other, of one day. */
  add({ id, series }: Owned, { from, to }: Stretch, provenances: ReadonlyMap<Provenance, number>): void {
    const start = series.hours[from] ?? Number.NaN;
    const day = Math.floor(start / DAY_MS);
    const first = (start - day * DAY_MS) / HOUR_MS;
    const rest: Record<string, (number | null)[]> = {};
    const midnight = this.#coverage.length;
    this.#coverage.addAll(NO_COVERAGE);
    this.#provenances.addAll(NO_PROVENANCE);
    let letters = "";
    for (let i = from; i < to; i++) {
      const hour = first + i - from;
      const provenance = series.provenance[i];
      letters += LETTERS[series.status[i] ?? "not downloaded"];
      this.#coverage.setFloat(midnight + hour, series.coverage[i] ?? Number.NaN);
      if (provenance !== undefined) {
        this.#provenances.setInteger(midnight + hour, provenances.get(provenance) ?? 0);
      }
      if (!isFact(series, i)) rest[hour] = numbers(series, i);
    }
    const status = NOTHING.repeat(first) + letters.padEnd(HOURS - first, NOTHING);
    this.#ids.addBigInteger(id);
    this.#days.addDay(day);
    this.#statuses.push(status);
    this.#rests.push(Object.keys(rest).length === 0 ? null : JSON.stringify(rest));
  }

  /** Adds what puts the rows into the table. */
  addTo(statement: Statement, database: Database): void {
    if (this.#statuses.length === 0) return;
    const { day, key } = this.#tables;
    statement.add(
      upsertOf(database.table(day), key, {
        ids: key.map(() => statement.parameter(this.#ids.bytes, "int8[]")),
        days: statement.parameter(this.#days.bytes, "date[]"),
        statuses: statement.parameter(this.#statuses, "text[]"),
        coverage: statement.parameter(this.#coverage.bytes, "float8[]"),
        provenances: statement.parameter(this.#provenances.bytes, "int4[]"),
        rests: statement.parameter(this.#rests, "text[]"),
      }),
    );
  }

  clear(): void {
    for (const array of [this.#ids, this.#days, this.#coverage, this.#provenances]) array.clear();
    this.#statuses = [];
    this.#rests = [];
  }
}

function numbers(series: UsageSeries, i: number): (number | null)[] {
  return FACT_VALUES.map((name) => {
    const value = series[name][i] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  });
}

/** The parameters of a statement. */
interface Given {
  readonly ids: readonly string[];
  readonly days: string;
  readonly statuses: string;
  readonly coverage: string;
  readonly provenances: string;
  readonly rests: string;
}

/** Only the stretch of hours that the given row has is changed: from the first to the last letter. */
function upsertOf(
  table: string,
  key: readonly string[],
  { ids, days, statuses, coverage, provenances, rests }: Given,
): string {
  const keys = [...key, "day"];
  const slice = `${HOURS} * place - ${HOURS - 1} : ${HOURS} * place`;
  const first = `${HOURS + 1} - length(ltrim(excluded.status, '${NOTHING}'))`;
  const last = `length(rtrim(excluded.status, '${NOTHING}'))`;
  return `INSERT INTO ${table} AS stored (${[...keys, "status", "coverage", "provenance_id", "rest"].join(", ")})
    SELECT ${keys.join(", ")}, status, (${coverage})[${slice}], (${provenances})[${slice}], rest::jsonb
    FROM unnest(${[...ids, days, statuses, rests].join(", ")}) WITH ORDINALITY
      AS given (${[...keys, "status", "rest", "place"].join(", ")})
    ON CONFLICT (${keys.join(", ")}) DO UPDATE SET
      status = overlay(stored.status PLACING trim(excluded.status, '${NOTHING}') FROM ${first}),
      coverage[${first} : ${last}] = excluded.coverage[${first} : ${last}],
      provenance_id[${first} : ${last}] = excluded.provenance_id[${first} : ${last}],
      rest = CASE WHEN stored.rest IS NULL THEN excluded.rest ELSE nullif(
        coalesce((
          SELECT jsonb_object_agg(key, value) FROM jsonb_each(stored.rest)
          WHERE substr(excluded.status, key::int + 1, 1) = '${NOTHING}'
        ), '{}') || coalesce(excluded.rest, '{}'), '{}') END
    WHERE (stored.status, stored.coverage, stored.provenance_id, stored.rest)
      IS DISTINCT FROM (excluded.status, excluded.coverage, excluded.provenance_id, excluded.rest)`;
}
