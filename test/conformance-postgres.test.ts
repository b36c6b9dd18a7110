import { randomUUID } from "node:crypto";
import pg from "pg";
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

/** A factory of one of the stores, each in a schema of its own. */
function factory<Store>(
  place: () => { pool: pg.Pool } | { url: string },
  pick: (stores: PostgresStores) => Store & { close(): Promise<void> },
  partition?: "month",
): StoreFactory<Store> {
  return async () => {
    const schema = `it's "${randomUUID()}"`;
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
        await pool.query(`DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE`);
      },
    };
  };
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
