import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { COLUMNS, formatScope, type UsageSeries } from "ada-carbon";
import { sqliteStores } from "ada-carbon/sqlite";
import { type Contestant, type Engine, storeContestant } from "../contestant.ts";

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "ada-carbon-bench-sqlite-"));

/** The same rows in the same shape: text for the status, a number for scope and provenance. */
const TABLE = `CREATE TABLE usage (
  scope_id INTEGER NOT NULL, hour INTEGER NOT NULL, status TEXT NOT NULL, provenance_id INTEGER NOT NULL,
  ${COLUMNS.map((column) => `${column} REAL`).join(", ")}, PRIMARY KEY (scope_id, hour)) WITHOUT ROWID`;
const VALUES = `(scope_id, hour, status, provenance_id, ${COLUMNS.join(", ")})
VALUES (${Array(COLUMNS.length + 4)
  .fill("?")
  .join(", ")})`;
const UPSERT = `INSERT INTO usage ${VALUES} ON CONFLICT DO UPDATE SET status = excluded.status,
  provenance_id = excluded.provenance_id, ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}`;

export const engine: Engine = {
  scopesAtOnce: 2,

  ours: async () =>
    storeContestant("ada-carbon/sqlite", async () => {
      const folder = await newFolder();
      const stores = sqliteStores(join(folder, "usage.db"));
      const end = async (): Promise<void> => {
        await stores.close();
        await rm(folder, { recursive: true });
      };
      return { store: stores.usage, end };
    }),

  bare: async () => new Bare(),
};

/** Prepared inserts in one transaction, as durable as the store's: write-ahead log, flushed at the end. */
class Bare implements Contestant {
  readonly what: string = "prepared inserts, one transaction";
  #folder = "";
  #db: DatabaseSync = new DatabaseSync(":memory:");
  readonly #scopes: Map<string, number> = new Map();

  async begin(): Promise<void> {
    this.#folder = await newFolder();
    this.#db = new DatabaseSync(join(this.#folder, "usage.db"));
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${TABLE}; BEGIN IMMEDIATE`);
    this.#insert = this.#db.prepare(`INSERT INTO usage ${VALUES}`);
  }
  #insert: StatementSync | undefined;

  async load(batch: readonly UsageSeries[]): Promise<void> {
    if (this.#insert !== undefined) this.#put(this.#insert, batch);
  }

  async finish(): Promise<void> {
    this.#db.exec("COMMIT");
  }

  async append(batch: readonly UsageSeries[]): Promise<void> {
    this.#db.exec("BEGIN IMMEDIATE");
    this.#put(this.#db.prepare(UPSERT), batch);
    this.#db.exec("COMMIT");
  }

  #put(statement: StatementSync, batch: readonly UsageSeries[]): void {
    for (const series of batch) {
      const name = formatScope(series.scope);
      const scope = this.#scopes.get(name) ?? this.#scopes.size + 1;
      this.#scopes.set(name, scope);
      const { hours, status, busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq } =
        series;
      const { gco2eqPerKwh, coverage } = series;
      for (let i = 0; i < hours.length; i++) {
        statement.run(
          scope,
          hours[i] ?? 0,
          status[i] ?? "",
          1,
          busyCpuSeconds[i] ?? 0,
          idleCpuSeconds[i] ?? 0,
          busyKwh[i] ?? 0,
          idleKwh[i] ?? 0,
          busyGco2eq[i] ?? 0,
          idleGco2eq[i] ?? 0,
          gco2eqPerKwh[i] ?? 0,
          coverage[i] ?? 0,
        );
      }
    }
  }

  async end(): Promise<void> {
    this.#db.close();
    await rm(this.#folder, { recursive: true });
  }
}
