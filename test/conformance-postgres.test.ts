import { randomUUID } from "node:crypto";
import type pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { type PostgresOptions, type PostgresStores, postgresStores } from "../src/stores/postgres/index.js";
import {
  averageStoreSuite,
  type StoreFactory,
  usageStoreSuite,
  workspaceStoreSuite,
} from "../src/testing/suites/index.js";
import { conforms } from "./conformance.js";
import { poolOf, type RealPostgres, startPostgres } from "./servers/postgres.js";

let server: RealPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = poolOf({ connectionString: server.url, max: 10 });
});
afterAll(async () => {
  await pool?.end();
  await server?.stop();
});

/**
 * A factory of one of the stores. Each store is alone in its schema; when it is done with, the schema is emptied for the next:
 * to make the tables takes longer than what is tested in them.
 */
function factory<Store>(
  place: () => { pool: pg.Pool } | { url: string },
  pick: (stores: PostgresStores) => Store & { close(): Promise<void> },
  partition?: "month",
): StoreFactory<Store> {
  const emptySchemas: string[] = [];
  return async () => {
    const schema = emptySchemas.pop() ?? `it's "${randomUUID()}"`;
    const options: PostgresOptions = { ...place(), schema };
    const opened: PostgresStores[] = [];
    const open = (): Store => {
      const stores = postgresStores(options);
      opened.push(stores);
      return pick(stores);
    };
    const store = open();
    await opened[0]?.migrate({ partition });
    return {
      store,
      another: async () => open(),
      async cleanUp() {
        for (const stores of opened) await stores.close();
        await emptyTables(schema);
        emptySchemas.push(schema);
      },
    };
  };
}

/** Removes all rows but the version of the tables. */
async function emptyTables(schema: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'ada_carbon_version'`,
    [schema],
  );
  // Without its triggers, the order of the tables does not matter.
  const removals = rows.map(({ name }) => `DELETE FROM ${name}`);
  await pool.query(
    ["BEGIN", "SET LOCAL session_replication_role = replica", ...removals, "COMMIT"].join(";\n"),
  );
}

/** Both ways to name a server and both layouts of the facts, each once: what is read and written is the same for all. */
const PLACES = {
  "a pool": { place: () => ({ pool }), partition: undefined },
  "a URL, by month": { place: () => ({ url: server.url }), partition: "month" },
} as const;

for (const [name, { place, partition }] of Object.entries(PLACES)) {
  conforms(`postgres from ${name}`, (test) => {
    usageStoreSuite(
      test("usage"),
      factory(place, ({ usage }) => usage, partition),
      { lock: true },
    );
    averageStoreSuite(
      test("averages"),
      factory(place, ({ averages }) => averages),
    );
    workspaceStoreSuite(
      test("workspaces"),
      factory(place, ({ workspaces }) => workspaces),
    );
  });
}
