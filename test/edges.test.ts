import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAdaCarbonError } from "ada-carbon";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "ada-carbon/files";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { mongodbStores } from "ada-carbon/mongodb";
import { type PgPool, postgresStores } from "ada-carbon/postgres";
import { sqliteStores } from "ada-carbon/sqlite";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import * as mongodb5 from "mongodb5";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// What happens in programs that are put together from many packages: old drivers, a copy of this package too many,
// stores that are used after their end.

// Its types are those of version 8.
const pg7 = createRequire(import.meta.url)("pg7") as { Pool: new () => PgPool };
const root = fileURLToPath(new URL("..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-edges-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a driver that is too old is named, before anything is asked of it:", () => {
  it("pg 7, which never finishes connecting", async () => {
    const stores = postgresStores({ pool: new pg7.Pool() });
    await expect(stores.usage.scopes("project")).rejects.toMatchObject({
      code: "store-unavailable",
      message:
        "the driver pg is version 7, and ada-carbon needs 8 or newer; npm install pg@latest, or npm install -g pg@latest where ada-carbon is installed with -g",
    });
  });

  it("mongodb 5", async () => {
    const client = new mongodb5.MongoClient("mongodb://127.0.0.1:9");
    const stores = mongodbStores({ db: client.db("carbon") });
    await expect(stores.averages.list()).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(
        /^the driver mongodb is version 5\.\d+\.\d+, and ada-carbon needs 6 or newer/,
      ),
    });
  });
});

describe("await using", () => {
  const url = "127.0.0.1:9/carbon";
  it.each<[string, () => AsyncDisposable & { close(): Promise<void> }]>([
    ["memory, usage", memoryUsageStore],
    ["memory, averages", memoryAverageStore],
    ["memory, workspaces", memoryWorkspaceStore],
    ["files, usage", () => fileUsageStore(join(folder, "a"))],
    ["files, averages", () => fileAverageStore(join(folder, "a"))],
    ["files, workspaces", () => fileWorkspaceStore(join(folder, "a"))],
    ["sqlite", () => sqliteStores(":memory:")],
    ["sqlite, usage", () => sqliteStores(":memory:").usage],
    ["sqlite, averages", () => sqliteStores(":memory:").averages],
    ["sqlite, workspaces", () => sqliteStores(":memory:").workspaces],
    ["postgres", () => postgresStores({ url: `postgres://${url}` })],
    ["postgres, usage", () => postgresStores({ url: `postgres://${url}` }).usage],
    ["postgres, averages", () => postgresStores({ url: `postgres://${url}` }).averages],
    ["postgres, workspaces", () => postgresStores({ url: `postgres://${url}` }).workspaces],
    ["mongodb", () => mongodbStores({ url: `mongodb://${url}` })],
    ["mongodb, usage", () => mongodbStores({ url: `mongodb://${url}` }).usage],
    ["mongodb, averages", () => mongodbStores({ url: `mongodb://${url}` }).averages],
    ["mongodb, workspaces", () => mongodbStores({ url: `mongodb://${url}` }).workspaces],
  ])("closes a store: %s; a call after that is refused in one line", async (_, open) => {
    const kept = await (async () => {
      await using store = open();
      return store;
    })();
    const calls = storesIn(kept).map((store) => callOf(store));
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isAdaCarbonError(error, "store-closed")).toBe(true);
      expect(String(error)).toMatch(/^AdaCarbonError: .* has been closed; open another store to go on$/);
    }
    await kept.close();
  });

  it("frees the port of a simulation", async () => {
    const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 1) };
    const url = await (async () => {
      await using simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 1 }) });
      expect((await fetch(`${simulation.prometheusUrl}/api/v1/query?query=up`)).status).toBe(200);
      return simulation.prometheusUrl;
    })();
    await expect(fetch(url)).rejects.toThrow();
  });
});

/** The store, or the stores of a group. */
function storesIn(kept: object): object[] {
  return "usage" in kept && "averages" in kept && "workspaces" in kept
    ? [kept.usage, kept.averages, kept.workspaces].filter(
        (store) => typeof store === "object" && store !== null,
      )
    : [kept];
}

function callOf(store: object): Promise<unknown> {
  for (const [name, argument] of [
    ["scopes", "project"],
    ["list", {}],
    ["active", "isis"],
  ] as const)
    if (name in store) return Promise.resolve(Reflect.apply(Reflect.get(store, name), store, [argument]));
  throw new Error("a store without a call that reads");
}

describe("two copies of the package in one process", () => {
  it("work on each other's stores, know each other's errors, and keep each other out of a folder", async () => {
    const copy = join(folder, "copy");
    await cp(join(root, "dist"), join(copy, "dist"), { recursive: true });
    await cp(join(root, "package.json"), join(copy, "package.json"));
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    const door = async <Door>(base: string, path: string): Promise<Door> => import(join(base, "dist", path));
    type Root = typeof import("ada-carbon");
    type Files = typeof import("ada-carbon/files");
    type Reports = typeof import("ada-carbon/reports");
    const one = await door<Root>(root, "index.js");
    const other = await door<Root>(copy, "index.js");
    expect(other.AdaCarbonError).not.toBe(one.AdaCarbonError);
    const files = await door<Files>(root, "stores/files/index.js");
    const otherFiles = await door<Files>(copy, "stores/files/index.js");
    const { UsageReader } = await door<Reports>(copy, "reports/index.js");

    const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 2) };
    await using simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 2 }) });
    const { prometheusCpuSource } = await door<typeof import("ada-carbon/prometheus")>(
      copy,
      "prometheus/index.js",
    );
    const { gbCarbonIntensity } = await door<typeof import("ada-carbon/intensity")>(
      root,
      "intensity/index.js",
    );
    await using store = files.fileUsageStore(join(folder, "shared"));
    await using otherStore = otherFiles.fileUsageStore(join(folder, "shared"), { lockWaitMs: 100 });
    const report = await other.runSync({
      cpu: prometheusCpuSource({ url: simulation.prometheusUrl }),
      intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
      store,
      interval,
      fake: true,
    });
    expect(report.statuses.fake).toBe(2);
    const totals = await new UsageReader(store).totals(one.ADA, interval);
    expect(totals.busyKwh).toBeCloseTo(report.total.busyKwh ?? Number.NaN, 12);

    const release = await store.lock();
    const refused = await otherStore.lock().then(
      () => undefined,
      (error: unknown) => error,
    );
    await release();
    expect(one.isAdaCarbonError(refused, "store-locked")).toBe(true);
    expect(refused).not.toBeInstanceOf(one.AdaCarbonError);
  });
});
