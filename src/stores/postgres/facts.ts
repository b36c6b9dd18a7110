import { QUANTITIES, type UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./database.js";
import { PackedArray } from "./packed.js";
import { FACT_COLUMNS, FACT_VALUES, type KindTables } from "./tables.js";

/** Rows in one statement: enough that its cost does not show, and about a megabyte. */
const CHUNK_ROWS = 8192;

/** Whether the NOT NULL columns of a fact table can hold row `i`. */
export function isFact(series: UsageSeries, i: number): boolean {
  return QUANTITIES.every((name) => !Number.isNaN(series[name][i] ?? Number.NaN));
}

/**
 * Writes rows of one kind into its fact table, and takes those out whose new state it cannot hold.
 * Rows are sent by {@link flush}.
 */
export class FactWriter {
  readonly #session: Session;
  readonly #upsert: string;
  readonly #remove: string;
  readonly #keyed: boolean;
  readonly #rows: Columns;
  readonly #gone: Columns;

  constructor(session: Session, database: Database, tables: KindTables) {
    this.#session = session;
    this.#keyed = tables.key.length > 0;
    this.#upsert = upsertOf(database, tables);
    this.#remove = removeOf(database, tables);
    this.#rows = columns();
    this.#gone = columns();
  }

  /** Row `i` of a series, whose owner has that id. */
  add(id: bigint, series: UsageSeries, i: number): void {
    const fact = isFact(series, i);
    const to = fact ? this.#rows : this.#gone;
    if (this.#keyed) to.ids.addBigInteger(id);
    to.instants.addInstant(series.hours[i] ?? Number.NaN);
    if (!fact) return;
    for (let column = 0; column < FACT_VALUES.length; column++) {
      const name = FACT_VALUES[column] ?? "gco2eqPerKwh";
      const value = series[name][i] ?? Number.NaN;
      if (Number.isNaN(value)) to.values[column]?.addNull();
      else to.values[column]?.addFloat(value);
    }
  }

  /** Whether it is time for a {@link flush}. */
  get full(): boolean {
    return this.#rows.instants.length >= CHUNK_ROWS || this.#gone.instants.length >= CHUNK_ROWS;
  }

  /** Sends what has been added. */
  async flush(): Promise<void> {
    await this.#send(this.#rows);
    await this.#send(this.#gone);
  }

  async #send(chunk: Columns): Promise<void> {
    if (chunk.instants.length === 0) return;
    const keys = this.#keyed ? [chunk.ids, chunk.instants] : [chunk.instants];
    const given = chunk === this.#rows ? [...keys, ...chunk.values] : keys;
    const statement = chunk === this.#rows ? this.#upsert : this.#remove;
    await this.#session.rows(
      statement,
      given.map((array) => array.bytes),
    );
    for (const array of given) array.clear();
  }
}

interface Columns {
  readonly ids: PackedArray;
  readonly instants: PackedArray;
  readonly values: readonly PackedArray[];
}

/** They grow to the size of a chunk if they are used. */
function columns(): Columns {
  return {
    ids: PackedArray.int8(256),
    instants: PackedArray.timestamptz(256),
    values: FACT_VALUES.map(() => PackedArray.float8(256)),
  };
}

/** Rows that say the same already are left alone, so that writing twice leaves no dead rows behind. */
function upsertOf(database: Database, { fact, key }: KindTables): string {
  const keys = [...key, "timestamp_utc"];
  const arrays = [...key.map(() => "int8[]"), "timestamptz[]", ...FACT_COLUMNS.map(() => "float8[]")].map(
    (type, i) => `$${i + 1}::${type}`,
  );
  const stored = FACT_COLUMNS.map((column) => `stored.${column}`);
  const given = FACT_COLUMNS.map((column) => `excluded.${column}`);
  return `INSERT INTO ${database.table(fact)} AS stored (${[...keys, ...FACT_COLUMNS].join(", ")})
    SELECT * FROM unnest(${arrays.join(", ")})
    ON CONFLICT (${keys.join(", ")}) DO UPDATE SET (${FACT_COLUMNS.join(", ")}) = ROW (${given.join(", ")})
    WHERE (${stored.join(", ")}) IS DISTINCT FROM (${given.join(", ")})`;
}

function removeOf(database: Database, { fact, key }: KindTables): string {
  const keys = [...key, "timestamp_utc"];
  const arrays = [...key.map(() => "int8[]"), "timestamptz[]"].map((type, i) => `$${i + 1}::${type}`);
  return `DELETE FROM ${database.table(fact)} AS stored USING unnest(${arrays.join(", ")}) AS gone (${keys.join(", ")})
    WHERE ${keys.map((column) => `stored.${column} = gone.${column}`).join(" AND ")}`;
}
