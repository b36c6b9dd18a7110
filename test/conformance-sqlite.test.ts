import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SqliteStores, sqliteStores } from "ada-carbon/sqlite";
import {
  averageStoreSuite,
  type StoreFactory,
  type StoreUnderTest,
  usageStoreSuite,
  workspaceStoreSuite,
} from "ada-carbon/testing";
import { conforms } from "./conformance.js";

/** A file of its own for every test, opened again for every other handle. */
async function inFile<Store>(pick: (stores: SqliteStores) => Store): Promise<StoreUnderTest<Store>> {
  const folder = await mkdtemp(join(tmpdir(), "ada-carbon-sqlite-"));
  const opened: SqliteStores[] = [];
  const open = (): Store => {
    const stores = sqliteStores(join(folder, "usage.db"));
    opened.push(stores);
    return pick(stores);
  };
  return {
    store: open(),
    another: async () => open(),
    async cleanUp() {
      for (const stores of opened) await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}

const inMemory =
  <Store>(pick: (stores: SqliteStores) => Store): StoreFactory<Store> =>
  async () => {
    const stores = sqliteStores(":memory:");
    return { store: pick(stores), cleanUp: () => stores.close() };
  };

conforms("sqlite", (test) => {
  usageStoreSuite(test("usage"), () => inFile((stores) => stores.usage), { lock: true });
  averageStoreSuite(test("averages"), () => inFile((stores) => stores.averages));
  workspaceStoreSuite(test("workspaces"), () => inFile((stores) => stores.workspaces));
});

conforms("sqlite in memory", (test) => {
  const alone = { concurrentHandles: false };
  usageStoreSuite(
    test("usage"),
    inMemory((stores) => stores.usage),
    alone,
  );
  averageStoreSuite(
    test("averages"),
    inMemory((stores) => stores.averages),
    alone,
  );
  workspaceStoreSuite(
    test("workspaces"),
    inMemory((stores) => stores.workspaces),
    alone,
  );
});
