import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forget, HOUR_MS, prune, QUANTITIES, restate, UNATTRIBUTED, type UsageSeries } from "ada-carbon";
import { tenureList } from "ada-carbon/attribution";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "ada-carbon/files";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { mongodbStores } from "ada-carbon/mongodb";
import { postgresStores } from "ada-carbon/postgres";
import { sqliteStores } from "ada-carbon/sqlite";
import { tableFromIPC } from "apache-arrow";
import { MongoClient } from "mongodb";
import { readParquet } from "parquet-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AverageStore } from "../src/stores/average-store.js";
import type { UsageStore } from "../src/stores/usage-store.js";
import type { WorkspaceStore } from "../src/stores/workspace-store.js";
import { marked, sampleHours } from "../src/testing/suites/samples.js";
import { sampleSession, sampleSessionHours } from "../src/testing/suites/session-samples.js";
import { type RealMongo, requireMongo, startMongo } from "./servers/mongodb.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";
import { ALL, contents, FROM, HOSTS, INTERVAL, world } from "./support/world.js";

// People can be forgotten: afterwards no byte of a store names them, every sum is what it was, and no later run
// brings the name back.

const NAME = "Quirinus Zabala";
const HOSTS_OF_NAME = HOSTS.map((host) => (host.instance === "a:9100" ? { ...host, user: NAME } : host));
const TENURES = tenureList("bookings", [
  { host: "b:9100", from: FROM + HOUR_MS / 2, to: FROM + 2.25 * HOUR_MS, user: NAME },
  { host: "b:9100", from: FROM + 2.25 * HOUR_MS, to: null, user: "bjorn" },
  { host: "a:9100", from: FROM, to: null, user: NAME },
]);

interface Stores {
  readonly usage: UsageStore;
  readonly averages: AverageStore;
  readonly workspaces: WorkspaceStore;
}

interface Place {
  open(): Promise<Stores>;
  /** Everything that is kept, as text. */
  dump(): Promise<string>;
}

const hasMongo = requireMongo();
let folder: string;
let postgres: RealPostgres;
let mongo: RealMongo | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-forget-"));
  postgres = await startPostgres();
  mongo = hasMongo ? await startMongo() : undefined;
}, 300_000);
afterAll(async () => {
  await postgres?.stop();
  await mongo?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The bytes of all files, and what is in Parquet files, column by column. */
async function dumpFiles(root: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    texts.push(entry.name);
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    texts.push(bytes.toString("latin1"));
    if (!entry.name.endsWith(".parquet")) continue;
    const table = tableFromIPC(readParquet(bytes).intoIPCStream());
    texts.push(
      JSON.stringify(table.toArray(), (_, value) => (typeof value === "bigint" ? String(value) : value)),
    );
  }
  return texts.join("\n");
}

async function dumpPostgres(schema: string): Promise<string> {
  const tables = await postgres.sql(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${schema}' AND table_type = 'BASE TABLE'`,
  );
  const rows = [];
  for (const { name } of tables)
    rows.push(await postgres.sql(`SELECT row_to_json(t)::text AS row FROM "${schema}"."${name}" AS t`));
  return JSON.stringify(rows);
}

async function dumpMongo(database: string): Promise<string> {
  const client = await new MongoClient(mongo?.url ?? "").connect();
  try {
    const collections = await client.db(database).collections();
    return JSON.stringify(await Promise.all(collections.map((each) => each.find().toArray())));
  } finally {
    await client.close();
  }
}

function placeOf(kind: string, name: string): Place {
  const root = join(folder, name);
  if (kind === "SQLite") {
    return { open: async () => sqliteStores(`${root}.db`), dump: () => dumpFiles(folder) };
  }
  if (kind === "PostgreSQL") {
    const open = async (): Promise<Stores> => {
      const stores = postgresStores({ url: postgres.url, schema: name });
      await stores.migrate();
      return stores;
    };
    return { open, dump: () => dumpPostgres(name) };
  }
  if (kind === "MongoDB") {
    const open = async (): Promise<Stores> => {
      const stores = mongodbStores({ url: `${mongo?.url}/${name}` });
      await stores.migrate();
      return stores;
    };
    return { open, dump: () => dumpMongo(name) };
  }
  if (kind === "memory") {
    const stores = {
      usage: memoryUsageStore(),
      averages: memoryAverageStore(),
      workspaces: memoryWorkspaceStore(),
    };
    const dump = async (): Promise<string> => JSON.stringify(await contents(stores.usage));
    return { open: async () => stores, dump };
  }
  return {
    open: async () => ({
      usage: fileUsageStore(root),
      averages: fileAverageStore(root),
      workspaces: fileWorkspaceStore(root),
    }),
    dump: () => dumpFiles(root),
  };
}

/** Sums of each kind's rows by hour, and the coverage of `ada` and users weighted as it is. */
async function sumsOf(store: UsageStore): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const kind of ["ada", "project", "machine", "user", "group", "host"] as const) {
    for (const scope of await store.scopes(kind)) {
      const series = await store.read(scope, ALL);
      for (const name of QUANTITIES)
        series.hours.forEach((hour, i) => {
          const key = `${kind} ${name} ${hour}`;
          sums[key] = (sums[key] ?? 0) + (series[name][i] ?? Number.NaN);
        });
    }
  }
  return sums;
}

function expectSameSums(after: Record<string, number>, before: Record<string, number>): void {
  expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
  for (const [key, value] of Object.entries(before))
    expect(Math.abs((after[key] ?? Number.NaN) - value), key).toBeLessThanOrEqual(1e-9 * Math.abs(value));
}

const nobody = (store: UsageStore): Promise<UsageSeries> =>
  store.read({ kind: "user", name: UNATTRIBUTED }, ALL);

const KINDS = ["a folder", "SQLite", "PostgreSQL", ...(hasMongo ? ["MongoDB"] : []), "memory"];

describe.each(KINDS)("in %s", (kind) => {
  const name = `forget_${KINDS.indexOf(kind)}`;

  it("a forgotten user is in no byte, every sum stays, and no run brings the name back", async () => {
    const place = placeOf(kind, name);
    const { usage, averages, workspaces } = await place.open();
    const cloud = await world({ hosts: HOSTS_OF_NAME });
    await cloud.run(usage, { averages });
    // Hours by tenures, in which a host changes hands, beside those by labels.
    const byTenures = { from: FROM, to: FROM + 3 * HOUR_MS };
    await restate({ store: usage, averages, interval: byTenures, tenures: { source: TENURES } });
    // Hours that no host says anything about, as of an import.
    const imported = sampleHours(5);
    const project = { kind: "project", name: "IDAaaS" } as const;
    await usage.replace([
      marked({ kind: "user", name: NAME }, imported, 1),
      marked({ kind: "user", name: "bjorn" }, imported, 2),
      marked({ kind: "ada", name: "ada" }, imported, 3),
      marked(project, imported, 3),
    ]);
    await workspaces.save([
      sampleSession(`isis/a/${encodeURIComponent(NAME)}/1`, 1, {
        user: NAME,
        hours: sampleSessionHours(2, 1),
      }),
      { ...sampleSession(`isis/a/${NAME}/2`, 2, { user: NAME }), endedAt: Date.UTC(2025, 0, 2) },
    ]);
    const [before, ofAverages] = [await sumsOf(usage), await averages.get("Muon")];
    const nobodyBefore = await nobody(usage);
    expect((await place.dump()).includes(NAME)).toBe(true);

    const rehearsal = await forget({ store: usage, workspaces, users: [NAME], dryRun: true });
    expect(rehearsal.users).toMatchObject([{ user: NAME, hours: 11, hostHours: 9 }]);
    expect(await sumsOf(usage)).toEqual(before);
    const report = await forget({ store: usage, workspaces, users: [NAME] });
    expect(report).toEqual({ ...rehearsal, dryRun: false });
    await forget({ store: usage, workspaces, users: [NAME] });

    const dump = await place.dump();
    for (const text of [NAME, encodeURIComponent(NAME)]) expect(dump.includes(text)).toBe(false);
    expectSameSums(await sumsOf(usage), before);
    expect(await averages.get("Muon")).toEqual(ofAverages);
    const nobodyAfter = await nobody(usage);
    expect(nobodyAfter.hours).toHaveLength(11);
    expect(new Set(nobodyAfter.coverage)).toEqual(new Set([1]));
    expect(new Set(nobodyAfter.status)).toEqual(new Set(["processed"]));
    expect(nobodyBefore.hours.length).toBeLessThan(11);

    // Labels and tenures go on to name the user.
    cloud.now += HOUR_MS;
    await cloud.run(usage, { averages, interval: { from: FROM, to: INTERVAL.to + 2 * HOUR_MS } });
    await restate({ store: usage, averages, interval: byTenures, tenures: { source: TENURES } });
    expect((await place.dump()).includes(NAME)).toBe(false);
    expect((await usage.scopes("user")).map((scope) => scope.name)).toEqual(
      ["amara", "bjorn", UNATTRIBUTED].sort(),
    );
    await usage.close();
  }, 120_000);

  it("pruned hours take the names of their users along", async () => {
    const place = placeOf(kind, `${name}_pruned`);
    const { usage, workspaces } = await place.open();
    const old = sampleSession(`isis/a/${encodeURIComponent(NAME)}/1`, 1, { user: NAME });
    await workspaces.save([{ ...old, endedAt: old.startedAt + HOUR_MS }]);
    const cloud = await world({
      hosts: HOSTS_OF_NAME.map((host) =>
        host.user === NAME ? { ...host, incarnations: [{ from: FROM, to: FROM + 2 * HOUR_MS }] } : host,
      ),
    });
    await cloud.run(usage);
    expect((await usage.scopes("user")).map((scope) => scope.name)).toContain(NAME);
    const report = await prune({ store: usage, workspaces, before: FROM + 3 * HOUR_MS });
    expect(report.sessions).toBe(1);
    expect((await usage.scopes("user")).map((scope) => scope.name)).not.toContain(NAME);
    // SQLite keeps free pages until they are used again, or the file is written anew; MongoDB ids for an hour.
    if (kind !== "SQLite" && kind !== "MongoDB") expect((await place.dump()).includes(NAME)).toBe(false);
    await usage.close();
  }, 120_000);
});
