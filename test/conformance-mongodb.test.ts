import { randomUUID } from "node:crypto";
import { type MongodbStores, mongodbStores } from "ada-carbon/mongodb";
import {
  averageStoreSuite,
  type StoreFactory,
  usageStoreSuite,
  workspaceStoreSuite,
} from "ada-carbon/testing";
import * as newest from "mongodb";
import * as oldest from "mongodb6";
import { afterAll, beforeAll } from "vitest";
import { cannotConform, conforms } from "./conformance.js";
import { mongoAvailability, type RealMongo, startMongo } from "./servers/mongodb.js";

// The published suites over a real server, in a Db handed in by the host, of the oldest and the newest driver.

const DRIVERS = { mongodb: newest, "mongodb (driver 6)": oldest };
const { available, why } = mongoAvailability();

let server: RealMongo;
beforeAll(async () => {
  if (available) server = await startMongo();
});
afterAll(async () => {
  await server?.stop();
});

for (const [adapter, { MongoClient }] of Object.entries(DRIVERS)) {
  if (!available) {
    cannotConform(adapter, why);
    continue;
  }
  let client: newest.MongoClient | oldest.MongoClient;
  beforeAll(() => {
    client = new MongoClient(server.url);
  });
  afterAll(async () => {
    await client?.close();
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

  conforms(adapter, (test) => {
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
}
