import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import type { Database, Session } from "./database.js";
import { isFact } from "./facts.js";
import { PackedArray } from "./packed.js";
import { FACT_VALUES, type KindTables } from "./tables.js";

/** Days in one statement. */
const CHUNK_DAYS = 1024;
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

/** Writes what the fact rows of a kind lack, a row a day, merged into what is there of other hours. */
export class DayWriter {
  readonly #session: Session;
  readonly #statement: string;
  readonly #keyed: boolean;
  readonly #provenance: ReadonlyMap<Provenance, number>;
  readonly #ids: PackedArray = PackedArray.int8(FEW);
  readonly #days: PackedArray = PackedArray.date(FEW);
  // 24 elements a day, without NULL, so that the server finds a day's slice by multiplication.
  readonly #coverage: PackedArray = PackedArray.float8(HOURS * FEW);
  readonly #provenances: PackedArray = PackedArray.int4(HOURS * FEW);
  #statuses: string[] = [];
  #rests: (string | null)[] = [];

  constructor(
    session: Session,
    database: Database,
    tables: KindTables,
    provenance: ReadonlyMap<Provenance, number>,
  ) {
    this.#session = session;
    this.#statement = upsertOf(database, tables);
    this.#keyed = tables.key.length > 0;
    this.#provenance = provenance;
  }

  /** Rows `from` up to `to` of a series: hours one after the other, of one day of the owner with that id. */
  add(id: bigint, series: UsageSeries, from: number, to: number): void {
    const start = series.hours[from] ?? Number.NaN;
    const day = Math.floor(start / DAY_MS);
    const first = (start - day * DAY_MS) / HOUR_MS;
    const rest: Record<string, (number | null)[]> = {};
    let status = "";
    for (let hour = 0; hour < HOURS; hour++) {
      const i = from + hour - first;
      const here = i >= from && i < to;
      status += here ? LETTERS[series.status[i] ?? "not downloaded"] : NOTHING;
      this.#coverage.addFloat(here ? (series.coverage[i] ?? Number.NaN) : Number.NaN);
      this.#provenances.addInteger(here ? this.#idOf(series.provenance[i]) : 0);
      if (here && !isFact(series, i)) rest[hour] = numbers(series, i);
    }
    this.#ids.addBigInteger(id);
    this.#days.addDay(day);
    this.#statuses.push(status);
    this.#rests.push(Object.keys(rest).length === 0 ? null : JSON.stringify(rest));
  }

  /** Whether it is time for a {@link flush}. */
  get full(): boolean {
    return this.#statuses.length >= CHUNK_DAYS;
  }

  /** Sends what has been added. */
  async flush(): Promise<void> {
    if (this.#statuses.length === 0) return;
    const keys = this.#keyed ? [this.#ids.bytes] : [];
    await this.#session.rows(this.#statement, [
      this.#days.bytes,
      this.#statuses,
      this.#coverage.bytes,
      this.#provenances.bytes,
      this.#rests,
      ...keys,
    ]);
    for (const array of [this.#ids, this.#days, this.#coverage, this.#provenances]) array.clear();
    this.#statuses = [];
    this.#rests = [];
  }

  #idOf(provenance: Provenance | undefined): number {
    return provenance === undefined ? 0 : (this.#provenance.get(provenance) ?? 0);
  }
}

function numbers(series: UsageSeries, i: number): (number | null)[] {
  return FACT_VALUES.map((name) => {
    const value = series[name][i] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  });
}

/** Only the stretch of hours that the given row has is changed: from the first to the last letter. */
function upsertOf(database: Database, { day, key }: KindTables): string {
  const ids = key.length > 0 ? ["$6::int8[]"] : [];
  const given = ["$1::date[]", "$2::text[]", "$5::text[]", ...ids].join(", ");
  const keys = [...key, "day"];
  const slice = `${HOURS} * place - ${HOURS - 1} : ${HOURS} * place`;
  const first = `${HOURS + 1} - length(ltrim(excluded.status, '${NOTHING}'))`;
  const last = `length(rtrim(excluded.status, '${NOTHING}'))`;
  return `INSERT INTO ${database.table(day)} AS stored (${[...keys, "status", "coverage", "provenance_id", "rest"].join(", ")})
    SELECT ${keys.join(", ")}, status, ($3::float8[])[${slice}], ($4::int4[])[${slice}], rest::jsonb
    FROM unnest(${given}) WITH ORDINALITY AS given (${["day", "status", "rest", ...key, "place"].join(", ")})
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
