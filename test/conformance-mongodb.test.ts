import { randomUUID } from "node:crypto";
import { type MongodbStores, mongodbStores } from "ada-carbon/mongodb";
import {
  averageStoreSuite,
  type StoreFactory,
  usageStoreSuite,
  workspaceStoreSuite,
} from "ada-carbon/testing";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, vi } from "vitest";
import { cannotConform, conforms } from "./conformance.js";
import { BUILD_MS, mongoAvailability, type RealMongo, startMongo } from "./servers/mongodb.js";

// The published suites over a real server, in a Db handed in by the host.

const { available, why } = mongoAvailability();

if (available) {
  // FerretDB takes a millisecond or two for each document that it looks at.
  vi.setConfig({ testTimeout: 180_000 });
  let server: RealMongo;
  let client: MongoClient;
  beforeAll(async () => {
    server = await startMongo();
    client = new MongoClient(server.url);
  }, BUILD_MS);
  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });

  /** A factory of one of the stores, each in a database of its own. */
  const factory =
    <Store>(pick: (stores: MongodbStores) => Store): StoreFactory<Store> =>
    async () => {
      const db = client.db(`ada_carbon_${randomUUID().replaceAll("-", "")}`);
      const opened: MongodbStores[] = [];
      const open = (): Store => {
        const stores = mongodbStores({ db });
        opened.push(stores);
        return pick(stores);
      };
      const store = open();
      await opened[0]?.migrate();
      return {
        store,
        another: async () => open(),
        async cleanUp() {
          for (const stores of opened) await stores.close();
          await db.dropDatabase();
        },
      };
    };

  conforms("mongodb", (test) => {
    usageStoreSuite(
      test("usage"),
      factory(({ usage }) => usage),
      { lock: true, atomic: "day" },
    );
    averageStoreSuite(
      test("averages"),
      factory(({ averages }) => averages),
    );
    workspaceStoreSuite(
      test("workspaces"),
      factory(({ workspaces }) => workspaces),
    );
  });
} else {
  cannotConform("mongodb", why);
}
