import { QUANTITIES, type UsageSeries } from "../../usage/series.js";
import type { Database } from "./database.js";
import type { Owned } from "./owned.js";
import { PackedArray } from "./packed.js";
import type { Statement } from "./statement.js";
import { FACT_COLUMNS, FACT_VALUES, type KindTables } from "./tables.js";

/** Rows that there is room for at first. */
const FEW = 256;

/** Whether the NOT NULL columns of a fact table can hold row `i`. */
export function isFact(series: UsageSeries, i: number): boolean {
  for (const name of QUANTITIES) if (Number.isNaN(series[name][i] ?? Number.NaN)) return false;
  return true;
}

/** Rows of one kind for its fact table, and the keys of those whose new state it cannot hold. */
export class FactRows {
  readonly #tables: KindTables;
  readonly #fresh: Columns = columns();
  readonly #rows: Columns = columns();
  readonly #gone: Columns = columns();

  constructor(tables: KindTables) {
    this.#tables = tables;
  }

  /** Row `i` of a series. */
  add({ id, series, fresh }: Owned, i: number): void {
    const fact = isFact(series, i);
    const { ids, instants, values } = fact ? (fresh ? this.#fresh : this.#rows) : this.#gone;
    ids.addBigInteger(id);
    instants.addInstant(series.hours[i] ?? Number.NaN);
    if (!fact) return;
    for (let column = 0; column < FACT_VALUES.length; column++) {
      const value = series[FACT_VALUES[column] ?? "gco2eqPerKwh"][i] ?? Number.NaN;
      if (Number.isNaN(value)) values[column]?.addNull();
      else values[column]?.addFloat(value);
    }
  }

  /** Adds what puts the rows into the table and takes the others out. */
  addTo(statement: Statement, database: Database): void {
    const { fact, key } = this.#tables;
    const table = database.table(fact);
    const names = [...key, "timestamp_utc"];
    const keys = ({ ids, instants }: Columns): string[] => [
      ...key.map(() => statement.parameter(ids.bytes, "int8[]")),
      statement.parameter(instants.bytes, "timestamptz[]"),
    ];
    for (const rows of [this.#fresh, this.#rows]) {
      if (rows.instants.length === 0) continue;
      const values = rows.values.map((column) => statement.parameter(column.bytes, "float8[]"));
      const insert = insertOf(table, names, [...keys(rows), ...values]);
      statement.add(rows === this.#fresh ? insert : `${insert} ${updateOf(names)}`);
    }
    if (this.#gone.instants.length > 0) statement.add(removeOf(table, names, keys(this.#gone)));
  }

  clear(): void {
    for (const { ids, instants, values } of [this.#fresh, this.#rows, this.#gone]) {
      for (const array of [ids, instants, ...values]) array.clear();
    }
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
    ids: PackedArray.int8(FEW),
    instants: PackedArray.timestamptz(FEW),
    values: FACT_VALUES.map(() => PackedArray.float8(FEW)),
  };
}

/** The arrays are of one length, so unnest may stand where columns do, which saves a copy of every row. */
function insertOf(table: string, key: readonly string[], arrays: readonly string[]): string {
  return `INSERT INTO ${table} AS stored (${[...key, ...FACT_COLUMNS].join(", ")})
    SELECT ${arrays.map((array) => `unnest(${array})`).join(", ")}`;
}

/** Rows that say the same already are left alone, so that writing twice leaves no dead rows behind. */
function updateOf(key: readonly string[]): string {
  const stored = FACT_COLUMNS.map((column) => `stored.${column}`);
  const given = FACT_COLUMNS.map((column) => `excluded.${column}`);
  return `ON CONFLICT (${key.join(", ")}) DO UPDATE SET (${FACT_COLUMNS.join(", ")}) = ROW (${given.join(", ")})
    WHERE (${stored.join(", ")}) IS DISTINCT FROM (${given.join(", ")})`;
}

function removeOf(table: string, key: readonly string[], arrays: readonly string[]): string {
  return `DELETE FROM ${table} AS stored USING unnest(${arrays.join(", ")}) AS gone (${key.join(", ")})
    WHERE ${key.map((column) => `stored.${column} = gone.${column}`).join(" AND ")}`;
}
