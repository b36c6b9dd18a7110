import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS, SCOPE_KINDS, workspaceModel } from "ada-carbon";
import { fileAverageStore, fileUsageStore, fileWorkspaceStore } from "ada-carbon/files";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { mongodbStores } from "ada-carbon/mongodb";
import { postgresStores } from "ada-carbon/postgres";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { sqliteStores } from "ada-carbon/sqlite";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { trackWorkspaces } from "ada-carbon/workspaces";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AverageStore } from "../src/stores/average-store.js";
import type { UsageStore } from "../src/stores/usage-store.js";
import type { WorkspaceSession, WorkspaceStore } from "../src/stores/workspace-store.js";
import { mongoAvailability, type RealMongo, requireMongo, startMongo } from "./servers/mongodb.js";
import { type RealPostgres, startPostgres } from "./servers/postgres.js";

// The tracker over every store we ship, on real servers: the same sessions, hours and averages as in memory, also
// when everything is closed in the middle and opened again.

const FROM = Date.UTC(2025, 8, 10, 9);
const MINUTE = 60_000;
const SITES = ["isis", "clf", "diamond"];
const EVER = { from: 0, to: FROM + 100 * HOUR_MS };

interface Stores {
  readonly usage: UsageStore;
  readonly averages: AverageStore;
  readonly workspaces: WorkspaceStore;
  close(): Promise<void>;
}

interface Place {
  /** Another handle on the same place each time. */
  open(): Promise<Stores>;
  remove(): Promise<void>;
}

let postgres: RealPostgres;
let mongo: RealMongo | undefined;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-tracker-"));
  postgres = await startPostgres();
  if (mongoAvailability().available) mongo = await startMongo();
});
afterAll(async () => {
  await postgres?.stop();
  await mongo?.stop();
  await rm(folder, { recursive: true, force: true });
});

const places: Record<string, () => Promise<Place>> = {
  files: async () => ({
    open: async () => {
      const root = join(folder, "files");
      const stores = {
        usage: fileUsageStore(root),
        averages: fileAverageStore(root),
        workspaces: fileWorkspaceStore(root),
      };
      return {
        ...stores,
        close: async () => void (await Promise.all(Object.values(stores).map((s) => s.close()))),
      };
    },
    remove: async () => {},
  }),
  sqlite: async () => ({
    open: async () => sqliteStores(join(folder, "tracker.db")),
    remove: async () => {},
  }),
  postgres: async () => {
    const options = { url: postgres.url, schema: `tracker ${randomUUID()}` };
    const first = postgresStores(options);
    await first.migrate();
    await first.close();
    return { open: async () => postgresStores(options), remove: async () => {} };
  },
  mongodb: async () => {
    const options = { url: `${mongo?.url}/tracker_${randomUUID().replaceAll("-", "")}` };
    const first = mongodbStores(options);
    await first.migrate();
    await first.close();
    return { open: async () => mongodbStores(options), remove: async () => {} };
  },
};

/** An hour and a half of polls every two minutes, and what is stored then. */
async function track(place: Place, restarts: boolean) {
  let now = FROM;
  const interval = { from: FROM - HOUR_MS, to: FROM + 3 * HOUR_MS };
  const server = await serveSimulation({
    cluster: simulateCluster({ interval, hosts: 8, seed: 11 }),
    clock: () => now,
  });
  const hosts = prometheusHostSource({ url: server.prometheusUrl, retries: 0 });
  const intensity = gbCarbonIntensity({ url: server.intensityUrl, retries: 0, clock: () => FROM });
  const begin = (stores: Stores) =>
    trackWorkspaces({
      ...{ hosts, intensity, usage: stores.usage, averages: stores.averages, store: stores.workspaces },
      model: workspaceModel({ cpuTdpW: 11, ramW: 7, otherW: 4 }),
      // Not asked for anew by a tracker that starts anew: what is stored is the same to the last member.
      intensityFreshForMs: 10 * HOUR_MS,
      clock: () => now,
    });
  let stores = await place.open();
  try {
    let tracker = begin(stores);
    const warnings: string[] = [];
    for (let tick = 0; tick <= 45; tick++) {
      now = FROM + tick * 2 * MINUTE + 7_000;
      warnings.push(...(await tracker.poll()).warnings);
      // In the middle of the hour, and in the very minutes in which it is stored.
      if (restarts && [17, 30, 31, 32].includes(tick)) {
        await stores.close();
        stores = await place.open();
        tracker = begin(stores);
      }
    }
    const sessions: WorkspaceSession[] = [];
    for (const site of SITES) sessions.push(...(await stores.workspaces.sessions(site, EVER)));
    const scopes = (await Promise.all(SCOPE_KINDS.map((kind) => stores.usage.scopes(kind)))).flat();
    const usage = await Promise.all(scopes.map((scope) => stores.usage.read(scope, EVER)));
    const machines = await stores.averages.list();
    const averages = await Promise.all(machines.map((machine) => stores.averages.get(machine)));
    return { sessions, usage, averages, warnings: warnings.filter((line) => /hour/.test(line)) };
  } finally {
    await stores.close();
    await place.remove();
    await server.close();
  }
}

/** When an intensity was fetched depends on when a tracker started, and on nothing else. */
function withoutFetching(outcome: Awaited<ReturnType<typeof track>>): unknown {
  return JSON.parse(
    JSON.stringify(outcome, (key, value) => {
      if (key === "fetchedAt") return undefined;
      return value instanceof Float64Array ? [...value].map(String) : value;
    }),
  );
}

function sumOf(sessions: readonly WorkspaceSession[]): number {
  return sessions.reduce((sum, { busyKwh, idleKwh }) => sum + busyKwh + idleKwh, 0);
}

async function inMemory(): Promise<Place> {
  const stores = {
    usage: memoryUsageStore(),
    averages: memoryAverageStore(),
    workspaces: memoryWorkspaceStore(),
  };
  return { open: async () => ({ ...stores, close: async () => {} }), remove: async () => {} };
}

describe("the tracker", { timeout: 180_000 }, () => {
  let expected: unknown;

  it("in memory has sessions, a stored hour and averages, restarted or not", async () => {
    const steady = await track(await inMemory(), false);
    expect(steady.sessions.length).toBeGreaterThanOrEqual(8);
    expect(steady.sessions.some(({ hours }) => hours !== undefined)).toBe(true);
    expect(steady.usage.find(({ scope }) => scope.kind === "ada")?.hours).toContain(FROM);
    expect(steady.averages.length).toBeGreaterThan(1);
    const restarted = await track(await inMemory(), true);
    expect(restarted.sessions.map(({ id }) => id)).toEqual(steady.sessions.map(({ id }) => id));
    expect(restarted.usage.map(({ hours }) => hours)).toEqual(steady.usage.map(({ hours }) => hours));
    // A tracker that has just started takes the idle fraction over a shorter time.
    expect(sumOf(restarted.sessions) / sumOf(steady.sessions)).toBeCloseTo(1, 3);
    expected = withoutFetching(restarted);
  });

  it.each(["files", "sqlite", "postgres"])(
    "on %s has the same when it is closed and opened again",
    async (name) => {
      const place = await places[name]?.();
      if (place === undefined) throw new Error(`no place called ${name}`);
      expect(withoutFetching(await track(place, true))).toEqual(expected);
    },
  );

  it.skipIf(!requireMongo())("on mongodb has the same when it is closed and opened again", async () => {
    const place = await places.mongodb?.();
    if (place === undefined) throw new Error("no place called mongodb");
    expect(withoutFetching(await track(place, true))).toEqual(expected);
  });
});
