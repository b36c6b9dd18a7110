import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import {
  ADA,
  DAY_MS,
  type FinishedHour,
  HOUR_MS,
  isAdaCarbonError,
  type Scope,
  type UsageSeries,
} from "ada-carbon";
import { type MongoDb, type MongodbOptions, type MongodbStores, mongodbStores } from "ada-carbon/mongodb";
import { markedSession, SAMPLE_START, sampleAverages, sampleHours, sampleSeries } from "ada-carbon/testing";
import { type Db, type Document, MongoClient } from "mongodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type OwnMongo,
  ownMongoAvailability,
  type RealMongo,
  requireMongo,
  startMongo,
  startOwnMongo,
} from "../servers/mongodb.js";
import { endVictims, type Victim, victimOf } from "../support/victim.js";

const ALL = { from: 0, to: Date.UTC(2030, 0, 1) };
const TWO_DAYS = { from: SAMPLE_START, to: SAMPLE_START + 2 * DAY_MS };
const HOSTILE = ['{"$ne":null}', "$ne", "$where", "a.b", "x\0y", "../x", "😀".repeat(150)];
const project = (name: string): Scope => ({ kind: "project", name });
const machine: Scope = { kind: "machine", name: "Artemis (Matlab)" };

// The source documents' shapes, typed from them.
const entry = z.union([z.number(), z.literal("failed"), z.null()]);
const all = z.strictObject({
  all: z.strictObject({
    busy_cpu_seconds_total: entry,
    idle_cpu_seconds_total: entry,
    busy_kwh: entry,
    idle_kwh: entry,
    busy_gCo2eq: entry,
    idle_gCo2eq: entry,
  }),
});
const estimatedUsageDayEntry = z.object({
  date: z.string().regex(/^\d{2}_\d{2}_\d{4}$/),
  timeseries: z
    .record(z.union([z.literal("totals"), z.string().regex(/^([01]\d|2[0-3]):00$/)]), all)
    .refine((series) => "totals" in series),
});
const average = z.object({ average: z.number() });
const running = z.object({ running_average: z.number() });
const points = z.object({ number_data_points: z.number() });
const machineMetrics = z.object({
  machine_name: z.string(),
  metrics: z.object({
    energy_kwh: z.object({
      busy: z.intersection(average, z.intersection(running, points)),
      idle: z.intersection(average, z.intersection(running, points)),
    }),
    carbon_gCo2eq: z.intersection(
      points,
      z.object({ busy: z.intersection(average, running), idle: z.intersection(average, running) }),
    ),
  }),
});
const activeWorkspace = z.object({
  instance: z.string(),
  machine_name: z.string(),
  busy_kwh: z.number(),
  idle_kwh: z.number(),
  busy_gCo2eq: z.number(),
  idle_gCo2eq: z.number(),
  started_at: z.iso.datetime(),
});

describe.skipIf(!requireMongo())("MongoDB stores", () => {
  let server: RealMongo;
  let client: MongoClient;
  let db: Db;
  const opened: MongodbStores[] = [];
  const open = (options: Partial<MongodbOptions> = {}): MongodbStores => {
    const stores = mongodbStores({ db, ...options } as MongodbOptions);
    opened.push(stores);
    return stores;
  };

  beforeAll(async () => {
    server = await startMongo();
    client = new MongoClient(server.url);
  });
  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });
  beforeEach(() => {
    db = client.db(`ada_carbon_${randomUUID().replaceAll("-", "")}`);
  });
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
    await db.dropDatabase();
  });

  const days = (): ReturnType<Db["collection"]> => db.collection("ada_carbon_usage_days");

  describe("documents", () => {
    it("of a day are EstimatedUsageDayEntry, with the owner as the source documents call it", async () => {
      const { usage } = open();
      const owners = {
        project: "cloud_project_name",
        machine: "machine_name",
        user: "user_name",
        group: "group_name",
        experiment: "experiment_name",
        host: "instance",
      } as const;
      const kinds = Object.keys(owners) as (keyof typeof owners)[];
      await usage.replace(
        [ADA, ...kinds.map((kind) => ({ kind, name: "a.$b" }))].map((s) => sampleSeries(s, 30, 7)),
      );
      const stored = await days().find().toArray();
      expect(stored).toHaveLength(2 * (kinds.length + 1));
      for (const document of stored) {
        estimatedUsageDayEntry.parse(document);
        const { kind } = document.scope;
        if (kind !== "ada") expect(document[owners[kind as keyof typeof owners]]).toBe("a.$b");
      }
      expect(await days().findOne({ cloud_project_name: "a.$b", date: "02_01_2025" })).toMatchObject({
        day: new Date("2025-01-02T00:00:00Z"),
        ada_carbon: { hours: { "05:00": { coverage: 0.605, provenance: { library: expect.any(String) } } } },
      });
      const day = await days().findOne({ date: "02_01_2025" });
      const clock = ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"];
      expect(Object.keys(day?.ada_carbon.hours)).toEqual(clock);
      expect(Object.keys(day?.timeseries)).toEqual(["totals", ...clock]);
    });

    it("say failed where the download failed, null where carbon is not known yet, and sum what is there", async () => {
      const { usage } = open();
      const series = sampleSeries(machine, 24 * 40, 3);
      expect(new Set(series.status).size).toBe(4);
      await usage.replace([series]);
      await usage.replace([sampleSeries(machine, sampleHours(7, 30), 4)]);
      let failed = 0;
      for await (const { timeseries } of days().find()) {
        const { totals, ...hours } = z.record(z.string(), all).parse(timeseries);
        for (const [name, total] of Object.entries(totals?.all ?? {})) {
          const numbers = Object.values(hours).map((hour) => hour.all[name as keyof typeof hour.all]);
          failed += numbers.filter((number) => number === "failed").length;
          const sum = numbers.reduce<number>((a, b) => a + (typeof b === "number" ? b : 0), 0);
          expect(total).toBeCloseTo(sum, 9);
        }
      }
      expect(failed).toBeGreaterThan(0);
      const none = {
        ...sampleSeries(machine, 24, 3),
        status: Array(24).fill("not downloaded"),
      } as UsageSeries;
      for (const column of [
        "busyCpuSeconds",
        "idleCpuSeconds",
        "busyKwh",
        "idleKwh",
        "busyGco2eq",
        "idleGco2eq",
      ] as const)
        none[column].fill(Number.NaN);
      await usage.replace([none]);
      const first = await days().findOne({ date: "01_01_2025" });
      expect(first?.timeseries.totals.all.busy_kwh).toBe("failed");
    });

    it("of averages and workspaces are MachineMetrics, running averages and ActiveWorkspace", async () => {
      const { averages, workspaces } = open();
      await averages.put([sampleAverages("Artemis (Matlab)", 5)]);
      const stored = machineMetrics.parse(await db.collection("ada_carbon_machine_averages").findOne({}));
      const exact = await averages.get("Artemis (Matlab)");
      const mean = (exact?.busyKwh.sum ?? 0) / (exact?.weight.sum ?? 1);
      expect(stored.metrics.energy_kwh.busy.running_average).toBeCloseTo(mean, 9);
      expect(stored.metrics.energy_kwh.busy.number_data_points).toBe(exact?.hours);
      const session = markedSession("isis/1", 3);
      await workspaces.save([session]);
      activeWorkspace.parse(await db.collection("ada_carbon_workspaces").findOne({}));
    });

    it("that another program damaged are store-corrupt and left as they are", async () => {
      const { usage } = open();
      const damages = [
        { $set: { "timeseries.03:00.all.busy_kwh": "lots" } },
        { $set: { "timeseries.03:00.all.busy_kwh": -1 } },
        { $unset: { "timeseries.03:00": "" } },
        { $unset: { ada_carbon: "" } },
        { $unset: { "ada_carbon.hours.03:00": "" } },
        { $set: { "ada_carbon.hours.24:00": "" } },
        { $set: { "ada_carbon.hours.03:00.status": "done" } },
        { $set: { "ada_carbon.hours.03:00.status": "not downloaded" } },
        { $set: { "ada_carbon.hours.03:00.coverage": 1.5 } },
        { $set: { "ada_carbon.hours.03:00.provenance.library": 1 } },
        { $set: { "ada_carbon.hours.03:00.provenance.spread": 1.5 } },
        { $set: { "ada_carbon.hours.03:00.provenance.spread": "half" } },
        { $set: { "ada_carbon.hours.03:00.provenance.unsettled": false } },
        { $set: { "ada_carbon.hours.03:00.provenance.scrapes": -1 } },
        { $set: { "scope.name": "another" } },
        { $set: { timeseries: null } },
      ];
      for (const damage of damages) {
        await days().deleteMany({});
        await usage.replace([sampleSeries(machine, 24, 3)]);
        await days().updateOne({}, damage);
        const before = await days().findOne({});
        await expect(usage.read(machine, ALL), inspect(damage)).rejects.toMatchObject({
          code: "store-corrupt",
          message: expect.stringContaining("2025-01-01"),
        });
        const hour = sampleSeries(machine, sampleHours(1), 4);
        await expect(usage.replace([hour])).rejects.toMatchObject({ code: "store-corrupt" });
        expect(await days().findOne({})).toEqual(before);
      }
      await usage.replace([sampleSeries(machine, 24, 3)]);
      expect((await usage.read(machine, ALL)).hours).toHaveLength(24);
    });
  });

  describe("operators", () => {
    it("in names and labels are text", async () => {
      const { usage, averages, workspaces } = open();
      const kept = sampleSeries(project("kept"), 3, 1);
      await usage.replace([kept, ...HOSTILE.map((name) => sampleSeries(project(name), 3, 1))]);
      await usage.remove(HOSTILE.map(project), ALL);
      expect(await usage.scopes("project")).toEqual([project("kept")]);
      await averages.put(HOSTILE.map((name) => sampleAverages(name, 1)));
      await averages.remove(HOSTILE.slice(1));
      expect(await averages.list()).toEqual(HOSTILE.slice(0, 1));
      await workspaces.save(
        HOSTILE.map((name, i) => ({ ...markedSession(name, i), site: name, endedAt: null })),
      );
      for (const [i, name] of HOSTILE.entries()) {
        expect(await workspaces.active(name)).toHaveLength(1);
        await workspaces.end([name], Date.UTC(2029, 0, 1));
        expect(await workspaces.active(HOSTILE[i + 1] ?? "none")).toHaveLength(
          i + 1 < HOSTILE.length ? 1 : 0,
        );
      }
    });

    it("given instead of text, against the types, find nothing", async () => {
      const { usage, averages, workspaces } = open();
      await usage.replace([sampleSeries(project("kept"), 3, 1)]);
      await averages.put([sampleAverages("kept", 1)]);
      await workspaces.save([{ ...markedSession("kept", 1), endedAt: null }]);
      for (const operator of [{ $ne: null }, { $gt: "" }, { $regex: ".*" }, ["kept"]]) {
        const name = operator as unknown as string;
        const empty = async (work: Promise<unknown>): Promise<void> =>
          expect(await work.catch((error) => error.code)).toSatisfy(
            (found) =>
              found === undefined || found === "bad-input" || (Array.isArray(found) && found.length === 0),
          );
        await empty(usage.read(project(name), ALL).then(({ hours }) => hours));
        await empty(usage.scopes(name as "project"));
        await empty(averages.get(name));
        await empty(workspaces.active(name));
        await averages.remove([name]).catch(() => undefined);
        await workspaces.end([name], 5).catch(() => undefined);
      }
      expect(await averages.list()).toEqual(["kept"]);
    });
  });

  it("loses nothing of two clients that write different hours of the same days at once", async () => {
    const other = new MongoClient(server.url);
    const [a, b] = [open(), open({ db: other.db(db.databaseName) })];
    const scopes = Array.from({ length: 6 }, (_, i) => project(`p${i}`));
    const write = async ({ usage }: MongodbStores, parity: number): Promise<void> => {
      for (let hour = parity; hour < 30; hour += 2) {
        await usage.replace(scopes.map((scope) => sampleSeries(scope, sampleHours(1, hour), 5)));
      }
    };
    await Promise.all([write(a, 0), write(b, 1)]);
    for (const scope of scopes) {
      expect((await a.usage.read(scope, ALL)).hours).toEqual(sampleHours(30));
    }
    await b.close();
    await other.close();
  });

  it("loses nothing of many writers of one day who all read the same version of it", async () => {
    const writers = Array.from({ length: 24 }, () => open());
    await Promise.all(
      writers.map(({ usage }, i) => usage.replace([sampleSeries(ADA, sampleHours(1, i), 5)])),
    );
    expect((await open().usage.read(ADA, ALL)).hours).toEqual(sampleHours(24));
  });

  it("does not bring back what was removed between reading a day and writing it", async () => {
    const scope = project("IDAaaS");
    const remover = open();
    await remover.usage.replace([sampleSeries(scope, 10, 1)]);
    const writer = open({ db: betweenReadAndWrite(db, () => remover.usage.remove([scope], ALL)) });
    await writer.usage.replace([sampleSeries(scope, sampleHours(1, 12), 1)]);
    expect(await remover.usage.read(scope, ALL)).toEqual(sampleSeries(scope, sampleHours(1, 12), 1));
    await remover.usage.remove([scope], ALL);
    expect(await remover.usage.scopes("project")).toEqual([]);
    // A day that was removed is remembered without its numbers, until the index lets the server forget it.
    expect(await days().find().toArray()).toEqual([
      {
        _id: "project:IDAaaS:2025-01-01",
        ada_carbon: { revision: expect.any(String), removed_at: expect.any(Date) },
      },
    ]);
  });

  it("refuses FerretDB 1, which does not change a document in one step", async () => {
    const ferret: MongoDb = {
      databaseName: db.databaseName,
      collection: (name, options) => (db as MongoDb).collection(name, options),
      command: async (command) => ({ ...(await db.command(command)), ferretdbVersion: "v1.24.0" }),
    };
    const refusal = { code: "store-unavailable", message: expect.stringContaining("FerretDB 1") };
    const stores = open({ db: ferret });
    await expect(stores.usage.scopes("project")).rejects.toMatchObject(refusal);
    await expect(stores.migrate()).rejects.toMatchObject(refusal);
  });

  describe("migrate", () => {
    it("twice, and by two at once, is once; without it everything works", async () => {
      const stores = open();
      await stores.usage.replace([sampleSeries(machine, 3, 1)]);
      await Promise.all([stores.migrate(), open().migrate()]);
      await stores.migrate();
      expect((await days().indexes()).map(({ name }) => name).sort()).toEqual([
        "_id_",
        "removed",
        "scope_day",
      ]);
      expect(await db.collection("ada_carbon_own").find().toArray()).toHaveLength(1);
      expect(await stores.usage.scopes("machine")).toEqual([machine]);
    });

    it("brings days with lists of hours forward, and until then says what to do", async () => {
      const plain = sampleSeries({ kind: "host", name: "h:9100" }, 30, 8);
      const up = { from: SAMPLE_START, to: SAMPLE_START + 1 };
      const known = { project: "IDAaaS", machine: null, user: null, expectedCpuSeconds: 4, up, by: "labels" };
      const remarkable = { spread: 0.5, unsettled: true, host: { ...known, owners: [] } } as const;
      const host = { ...plain, provenance: plain.provenance.map((each) => ({ ...each, ...remarkable })) };
      const kept = [sampleSeries(machine, 24 * 10, 3), host];
      await open().migrate();
      await open().usage.replace(kept);
      const own = db.collection<{ _id: string }>("ada_carbon_own");
      await own.updateOne({ _id: "schema" }, { $set: { version: 2 } });
      for await (const { _id, ada_carbon } of days().find()) {
        await days().updateOne({ _id }, { $set: { ada_carbon: asVersion2(ada_carbon) } });
      }

      const unprepared = { code: "store-unprepared", message: expect.stringContaining("ada-carbon migrate") };
      const { usage, migrate } = open();
      await expect(usage.read(machine, ALL)).rejects.toMatchObject(unprepared);
      await own.deleteOne({ _id: "schema" });
      await expect(usage.read(machine, ALL)).rejects.toMatchObject(unprepared);
      await expect(usage.replace([sampleSeries(host.scope, 3, 1)])).rejects.toMatchObject(unprepared);
      const now = new Date();
      await own.insertOne({ ...{ token: "dead", since: now, renewed_at: now, stale_ms: 1 }, _id: "writer" });
      await Promise.all([migrate(), open().migrate()]);
      for (const series of kept) expect(await usage.read(series.scope, ALL)).toEqual(series);
      await (await usage.lock())();
    });

    it("refuses a newer version, and so does every call", async () => {
      await open().migrate();
      await db
        .collection<{ _id: string }>("ada_carbon_own")
        .updateOne({ _id: "schema" }, { $set: { version: 99 } });
      const { usage, averages, workspaces, migrate } = open();
      const newer = { code: "store-newer", message: expect.stringContaining("99") };
      await expect(migrate()).rejects.toMatchObject(newer);
      await expect(usage.replace([sampleSeries(machine, 3, 1)])).rejects.toMatchObject(newer);
      await expect(averages.list()).rejects.toMatchObject(newer);
      await expect(workspaces.active("isis")).rejects.toMatchObject(newer);
    });
  });

  describe("the lock", () => {
    const hour = (): UsageSeries[] => [sampleSeries(machine, 1, 1)];

    it("keeps writers out at once or for as long as they wait, and lets them in again", async () => {
      const [holder, other] = [open(), open({ lockWaitMs: 50 })];
      const release = await holder.usage.lock();
      await expect(other.usage.lock()).rejects.toMatchObject({
        code: "store-locked",
        message: expect.stringMatching(/since \d{4}-/),
      });
      await expect(other.usage.replace(hour())).rejects.toMatchObject({ code: "store-locked" });
      const patient = open().usage.replace(hour());
      await release();
      await patient;
    });

    it("of a run that died is taken over when it has expired, and its late writes are refused", async () => {
      const [dead, next] = [open({ staleMs: 300 }), open()];
      const release = await dead.usage.lock();
      await expect(next.usage.lock()).rejects.toMatchObject({ code: "store-locked" });
      // As long as its process lives the lock is renewed; here it is as if it had stopped long ago.
      await new Promise((resolve) => setTimeout(resolve, 700));
      await expect(next.usage.lock()).rejects.toMatchObject({ code: "store-locked" });
      const own = db.collection<{ _id: string }>("ada_carbon_own");
      await own.updateOne({ _id: "writer" }, { $set: { token: "dead", expires_at: new Date(0) } });
      const takenOver = await next.usage.lock();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await expect(dead.usage.replace(hour())).rejects.toMatchObject({ code: "store-locked" });
      await expect(release()).rejects.toMatchObject({ code: "store-locked" });
      await next.usage.replace(hour());
      await takenOver();
    });

    const own = () => db.collection<{ _id: string }>("ada_carbon_own");
    const shifted = (ms: number) => ({ $set: { expires_at: new Date(Date.now() + ms) } });
    const YEARS_MS = 20 * 365 * 86_400_000;

    it.each([
      ["hours ahead", 7_200_000],
      ["hours behind", -7_200_000],
      ["years ahead", YEARS_MS],
      ["years behind", -YEARS_MS],
    ])("that a dead run left when the server's clock was %s is free after a while", async (_, ms) => {
      await open().migrate();
      // Nobody renews this, and the clock has been set since.
      await own().insertOne({ ...{ token: "dead", since: new Date(), stale_ms: 300 }, _id: "writer" });
      await own().updateOne({ _id: "writer" }, shifted(ms));
      const [next, writer] = [open({ staleMs: 300 }), open()];
      await writer.usage.replace(hour());
      const begun = performance.now();
      const release = await next.usage.lock();
      expect(performance.now() - begun).toBeLessThan(5000);
      await release();
    });

    it.each([
      ["ahead", -YEARS_MS],
      ["behind", YEARS_MS],
    ])("of a live run is not taken when the server's clock is set years %s", async (_, ms) => {
      const [alive, next] = [open({ staleMs: 2000 }), open({ staleMs: 2000, lockWaitMs: 100 })];
      const release = await alive.usage.lock();
      await own().updateOne({ _id: "writer" }, shifted(ms));
      await expect(next.usage.replace(hour())).rejects.toMatchObject({ code: "store-locked" });
      await expect(next.usage.lock()).rejects.toMatchObject({
        code: "store-locked",
        message: expect.stringMatching(
          /process \d+ on .* since .*Z; wait until it is done, or 2 s if it has died/,
        ),
      });
      await alive.usage.replace(hour());
      await release();
    });

    it("is given back on close", async () => {
      const first = open();
      await first.usage.lock();
      await first.close();
      await (await open().usage.lock())();
    });
  });

  it("opens a URL of its own, and leaves nothing open", async () => {
    const stores = mongodbStores({ url: server.url, database: db.databaseName });
    await stores.usage.replace([sampleSeries(machine, 3, 1)]);
    await stores.usage.close();
    await stores.averages.list();
    await stores.close();
    await expect(stores.averages.list()).rejects.toMatchObject({ code: "store-closed" });
    expect((await open().usage.read(machine, ALL)).hours).toHaveLength(3);
  });

  it("leaves the host's Db open, also one with options of its own", async () => {
    const odd = client.db(db.databaseName, { promoteValues: false, ignoreUndefined: true });
    const stores = open({ db: odd });
    await stores.usage.replace([sampleSeries(machine, 30, 1)]);
    expect(await stores.usage.read(machine, ALL)).toEqual(sampleSeries(machine, 30, 1));
    await stores.close();
    expect(await odd.command({ ping: 1 })).toMatchObject({});
  });

  it("refuses hours outside the years 0 to 9999, and writes nothing", async () => {
    const { usage } = open();
    const late = Math.floor(Date.UTC(12_000, 0, 1) / HOUR_MS) * HOUR_MS;
    const series = { ...sampleSeries(machine, 1, 1), hours: [late as FinishedHour] };
    await expect(usage.replace([sampleSeries(ADA, 1, 1), series])).rejects.toMatchObject({
      code: "bad-input",
    });
    expect(await usage.scopes("ada")).toEqual([]);
    expect(
      (await usage.read(ADA, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })).hours,
    ).toEqual([]);
  });
});

describe("credentials", () => {
  const secret = "hunter2%40x";
  const texts = ["hunter2@x", secret];
  const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error) => error,
    );

  it("are in no error when nothing listens", async () => {
    const url = `mongodb://joe:${secret}@127.0.0.1:9/x?serverSelectionTimeoutMS=300`;
    const stores = mongodbStores({ url });
    const error = await failureOf(stores.usage.scopes("project"));
    expect(isAdaCarbonError(error, "unreachable")).toBe(true);
    expect(String(error)).toContain('database "x" at 127.0.0.1:9');
    expect(String(error)).not.toContain("\n");
    for (const text of texts) expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(text);
    const controller = new AbortController();
    const aborted = failureOf(stores.usage.scopes("project", { signal: controller.signal }));
    controller.abort(new Error("enough"));
    expect(await aborted).toBe(controller.signal.reason);
    await stores.close();
  });

  it.each([
    `postgres://joe:${secret}@h/x`,
    `mongodb://joe:${secret}@`,
    `mongodb://joe:${secret}@h:port/x`,
    `mongodb://joe:${secret}@h/x?nonsense=1`,
  ])("are in no error for a URL that cannot be (%#)", async (url) => {
    const error = await failureOf(
      (async () => {
        const stores = mongodbStores({ url });
        await stores.usage.scopes("project").finally(() => stores.close());
      })(),
    );
    expect(isAdaCarbonError(error, "bad-input"), inspect(error)).toBe(true);
    for (const text of texts) expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(text);
  });
});

describe.skipIf(!requireMongo(ownMongoAvailability()))("a server of our own", () => {
  let server: OwnMongo;
  beforeAll(async () => {
    server = await startOwnMongo();
  });
  afterEach(endVictims);
  afterAll(async () => {
    await server?.stop();
  });

  it("refuses a wrong password: unauthorised, with nothing of it in the error", async () => {
    const stores = mongodbStores({ url: server.url.replace("//", "//joe:hunter2@") });
    const error = await stores.usage.scopes("project").catch((each: unknown) => each);
    expect(isAdaCarbonError(error, "unauthorised"), inspect(error)).toBe(true);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("hunter2");
    await stores.close();
  });

  it("keeps every day whole when a writer is killed, and the next run completes", async () => {
    const url = `${server.url}/killed`;
    const stores = mongodbStores({ url });
    const busyKwhOf = async (scope: Scope): Promise<number[]> => [
      ...(await stores.usage.read(scope, TWO_DAYS)).busyKwh,
    ];
    await stores.usage.replace(batch(0));
    let interrupted = 0;
    for (const [i, reached] of [0, 35, 70].entries()) {
      const [before, after] = [i, i + 1].map((seed) => batch(seed).map(({ busyKwh }) => [...busyKwh]));
      const victim = writer(url, i + 1);
      const poll = { interval: 1, timeout: 30_000 };
      await expect.poll(() => busyKwhOf(SCOPES[reached] ?? ADA), poll).toEqual(after?.[reached]);
      victim.process.kill("SIGKILL");
      await victim.gone;
      const found: number[][] = [];
      for (const scope of SCOPES) found.push(await busyKwhOf(scope));
      for (const [k, numbers] of found.entries()) {
        expect(numbers).toHaveLength(36);
        for (const hours of [[0, 24] as const, [24, 36] as const]) {
          const either = [before, after].map((columns) => columns?.[k]?.slice(...hours));
          expect(either).toContainEqual(numbers.slice(...hours));
        }
      }
      // Scopes are written in the order given: those that are done come before those that are not.
      const done = found.map((numbers, k) => numbers.join() === after?.[k]?.join());
      expect(done).toEqual([...done].sort((x, y) => Number(y) - Number(x)));
      interrupted += Number(done.includes(false));
      await stores.usage.replace(batch(i + 1));
      for (const series of batch(i + 1))
        expect(await stores.usage.read(series.scope, TWO_DAYS)).toEqual(series);
    }
    expect(interrupted).toBeGreaterThan(0);
    await stores.close();
  });

  it("may go away in the middle of a write: unreachable, and the same stores go on when it is back", async () => {
    const url = `${server.url}/gone?serverSelectionTimeoutMS=500`;
    const stores = mongodbStores({ url });
    await stores.usage.scopes("project");
    const writing = Array.from({ length: 6 }, (_, i) => stores.usage.replace(batch(i)));
    const ends = Promise.allSettled(writing);
    await writing[0];
    await server.kill();
    const failures = (await ends).filter((end) => end.status === "rejected").map(({ reason }) => reason);
    expect(failures.length).toBeGreaterThan(0);
    for (const error of failures) expect(isAdaCarbonError(error, "unreachable"), inspect(error)).toBe(true);
    await server.restart();
    await stores.usage.replace(batch(1));
    for (const series of batch(1)) expect(await stores.usage.read(series.scope, TWO_DAYS)).toEqual(series);
    await stores.close();
    // A virtual machine for Java has to start.
  }, 60_000);
});

const SCOPES = Array.from({ length: 90 }, (_, i) => project(`p${i}`));

/** Three messages to the server. */
function batch(seed: number): UsageSeries[] {
  return SCOPES.map((scope) => sampleSeries(scope, 36, seed));
}

/** A process to be killed, which writes a batch. */
const WRITER = `
import { mongodbStores } from "${new URL("../../src/stores/mongodb/index.ts", import.meta.url)}";
import { sampleSeries } from "${new URL("../../src/testing/suites/samples.ts", import.meta.url)}";
const [url, seed] = [process.argv[1], Number(process.argv[2])];
await mongodbStores({ url }).usage.replace(
  ${JSON.stringify(SCOPES)}.map((scope) => sampleSeries(scope, 36, seed)),
);
`;

function writer(url: string, seed: number): Victim {
  const flags = ["--import", "tsx", "--input-type=module"];
  return victimOf(spawn(process.execPath, [...flags, "-e", WRITER, url, String(seed)]));
}

/** What version 2 of the documents had in `ada_carbon`: lists with a place for every hour. */
function asVersion2({ revision, hours }: Document): Document {
  const facts: Document[] = Object.values(hours);
  return {
    revision,
    hours: Object.keys(hours).map((clock) => Number(clock.slice(0, 2))),
    status: facts.map(({ status }) => status),
    coverage: facts.map(({ coverage }) => coverage),
    gco2eq_per_kwh: facts.map(({ gco2eqPerKwh }) => gco2eqPerKwh),
    provenance: facts.map((_, i) => i),
    provenances: facts.map(({ provenance: { intensity, ...rest } }) => {
      if (intensity === null) return { ...rest, intensity };
      const { fetchedAt: fetched_at, ...known } = intensity;
      return { ...rest, intensity: { ...known, fetched_at } };
    }),
  };
}

/** The database, in which something happens once, when days have been read and before they are written. */
function betweenReadAndWrite(db: Db, happens: () => Promise<void>): MongoDb {
  let waiting: (() => Promise<void>) | undefined = happens;
  return {
    databaseName: db.databaseName,
    command: (command) => db.command(command),
    collection(name, options) {
      const collection = (db as MongoDb).collection(name, options);
      const bulkWrite: typeof collection.bulkWrite = async (writes, settings) => {
        const now = waiting;
        waiting = undefined;
        await now?.();
        return collection.bulkWrite(writes, settings);
      };
      return new Proxy(collection, {
        get: (target, member) => {
          if (member === "bulkWrite") return bulkWrite;
          const value = Reflect.get(target, member);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}
