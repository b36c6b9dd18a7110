import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ADA, type Provenance, type Scope } from "ada-carbon";
import { type SqliteOptions, type SqliteStores, sqliteStores } from "ada-carbon/sqlite";
import { hourAt, marked, sampleAverages, sampleHours, sampleSeries } from "ada-carbon/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bringForward } from "../src/stores/sqlite/migrate.js";
import { MIGRATIONS } from "../src/stores/sqlite/schema.js";

const ALL = { from: 0, to: Number.POSITIVE_INFINITY };
const user = (name: string): Scope => ({ kind: "user", name });

let folder: string;
let path: string;
const opened: SqliteStores[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-sqlite-"));
  path = join(folder, "usage.db");
});
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.close();
  await rm(folder, { recursive: true });
});

function open(options?: SqliteOptions): SqliteStores {
  const stores = sqliteStores(path, options);
  opened.push(stores);
  return stores;
}

/** What another program does with the file. */
function bySql<T>(work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

describe("a file", () => {
  it("that is not there reads as empty and is not made by reading", async () => {
    const { usage, averages, workspaces } = open();
    expect((await usage.read(ADA, ALL)).hours).toEqual([]);
    expect(await usage.scopes("user")).toEqual([]);
    expect(await averages.list()).toEqual([]);
    expect(await workspaces.active("isis")).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
    await usage.replace([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("of no bytes is as good as none", async () => {
    await writeFile(path, "");
    const { usage } = open();
    expect((await usage.read(ADA, ALL)).hours).toEqual([]);
    await usage.replace([marked(ADA, sampleHours(1), 1)]);
    expect((await usage.read(ADA, ALL)).hours).toHaveLength(1);
  });

  it("is whole by itself once everything is closed, and not before", async () => {
    const { usage, averages, workspaces } = open();
    await usage.replace([marked(ADA, sampleHours(1), 1)]);
    await usage.read(ADA, ALL);
    await usage.close();
    await averages.put([sampleAverages("Artemis (Matlab)", 1)]);
    await averages.close();
    expect(await readdir(folder)).toContain("usage.db-wal");
    await workspaces.close();
    expect((await readdir(folder)).sort()).toEqual(["usage.db"]);
  });

  it("that was put in the place of another is the one that is written and read", async () => {
    const { usage } = open();
    await usage.replace([marked(ADA, sampleHours(2), 1)]);
    await rm(path);
    expect((await usage.read(ADA, ALL)).hours).toEqual([]);
    await usage.replace([marked(ADA, sampleHours(1), 2)]);
    expect([...(await usage.read(ADA, ALL)).busyKwh]).toEqual([2]);
    expect([...(await open().usage.read(ADA, ALL)).busyKwh]).toEqual([2]);
  });

  it("that is a folder is refused as one, and so is a device", async () => {
    for (const place of [dirname(path), "/dev/null"])
      for (const call of ["read", "migrate"] as const) {
        const stores = sqliteStores(place);
        const asked = call === "read" ? stores.usage.read(ADA, ALL) : stores.migrate();
        await expect(asked).rejects.toMatchObject({
          code: "store-unavailable",
          message: `cannot use ${place}: it is no file; name a file of SQLite, or a folder without sqlite: before it`,
        });
      }
  });

  it("that is not a SQLite database is store-corrupt and left alone", async () => {
    await writeFile(path, "machine,kwh\nArtemis,1\n".repeat(300));
    const before = await readFile(path);
    const { usage, migrate } = open();
    for (const call of [
      () => usage.read(ADA, ALL),
      () => usage.replace([marked(ADA, sampleHours(1), 1)]),
      () => migrate(),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "store-corrupt",
        message: expect.stringMatching(/usage\.db cannot be read: it is not a SQLite database/),
        cause: expect.any(Error),
      });
    }
    expect(await readFile(path)).toEqual(before);
  });

  it("that is cut off is store-corrupt, never a part of the rows", async () => {
    const stores = open();
    await stores.usage.replace([sampleSeries(ADA, 2000, 1)]);
    await stores.close();
    const { size } = await stat(path);
    await truncate(path, Math.floor(size / 2 / 4096) * 4096);
    await expect(open().usage.read(ADA, ALL)).rejects.toMatchObject({ code: "store-corrupt" });
  });

  it("in a folder that is not there, or that is one itself, is store-unavailable", async () => {
    path = join(folder, "nowhere", "usage.db");
    const message = /there is no folder .*nowhere; make it, or correct the path/;
    const { usage } = open();
    await expect(usage.read(ADA, ALL)).rejects.toMatchObject({ code: "store-unavailable", message });
    await expect(usage.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject({
      code: "store-unavailable",
    });
    await mkdir(path, { recursive: true });
    await expect(usage.read(ADA, ALL)).rejects.toMatchObject({ code: "store-unavailable" });
    await expect(open().averages.put([sampleAverages("a", 1)])).rejects.toMatchObject({
      code: "store-unavailable",
    });
  });
});

describe("a database of another program", () => {
  beforeEach(() => {
    bySql((db) => db.exec("CREATE TABLE django_site (id INTEGER); INSERT INTO django_site VALUES (7)"));
  });

  it("is store-unprepared, and the message names the command", async () => {
    const before = await readFile(path);
    const { usage } = open();
    for (const call of [() => usage.read(ADA, ALL), () => usage.replace([marked(ADA, sampleHours(1), 1)])]) {
      await expect(call()).rejects.toMatchObject({
        code: "store-unprepared",
        message: expect.stringContaining(`ada-carbon migrate --store sqlite:${path}`),
      });
    }
    expect(await readFile(path)).toEqual(before);
  });

  it("takes our tables beside its own when asked to, any number of times at once", async () => {
    const [one, two] = [open(), open()];
    await Promise.all([one.migrate(), two.migrate(), one.averages.migrate(), two.workspaces.migrate()]);
    await one.usage.replace([marked(ADA, sampleHours(1), 1)]);
    await two.migrate();
    expect((await two.usage.read(ADA, ALL)).hours).toHaveLength(1);
    expect(bySql((db) => db.prepare("SELECT id FROM django_site").all())).toEqual([{ id: 7 }]);
    expect(bySql((db) => db.prepare("SELECT count(*) AS n FROM ada_carbon_schema").get()?.n)).toBe(
      MIGRATIONS.length,
    );
  });
});

describe("the version of the tables", () => {
  it("is brought forward by what comes after it, with the rows that are there", async () => {
    const stores = open();
    const rows = sampleSeries(ADA, 50, 1);
    await stores.usage.replace([rows]);
    await stores.close();
    const next = [...MIGRATIONS, "ALTER TABLE ada_carbon_usage ADD COLUMN water_litres REAL"];
    bySql((db) => {
      bringForward(db, path, next);
      bringForward(db, path, next);
      expect(db.prepare("SELECT version FROM ada_carbon_schema").all()).toEqual(
        next.map((_, i) => ({ version: i + 1 })),
      );
      expect(
        db.prepare("SELECT count(*) AS n FROM ada_carbon_usage WHERE water_litres IS NULL").get()?.n,
      ).toBe(50);
    });
  });

  it("1 is brought forward with the sessions that are there", async () => {
    bySql((db) => {
      bringForward(db, path, MIGRATIONS.slice(0, 1));
      db.exec(`INSERT INTO ada_carbon_workspace_session VALUES
        ('a', 'isis', 'a:9100', 'IDAaaS', NULL, 'amara', NULL, 1e12, NULL, 1e12, 1, 2, 3, 4, 5, 6, 7)`);
    });
    const { workspaces } = open();
    const [session] = await workspaces.active("isis");
    expect(session).toMatchObject({ id: "a", user: "amara", kwhWithoutCarbon: 7 });
    expect("hours" in (session ?? {})).toBe(false);
  });

  it("2 is brought forward with the provenance that is there, which is not added again", async () => {
    bySql((db) => {
      bringForward(db, path, MIGRATIONS.slice(0, 2));
      db.exec(`INSERT INTO ada_carbon_scope VALUES (1, 'ada', 'ada');
        INSERT INTO ada_carbon_provenance VALUES (1, '0.1.0', 'm', 'actual', 'grid', 5, 1);
        INSERT INTO ada_carbon_usage
          VALUES (1, ${hourAt(0)}, 1, 1, 1, 1, 1, 1, 1, 1, 'processed', 1, NULL)`);
    });
    const { usage } = open();
    await usage.migrate();
    const intensity = { kind: "actual", source: "grid", fetchedAt: 5, settled: true } as const;
    const provenance: Provenance = { library: "0.1.0", model: "m", intensity };
    const series = { ...marked(ADA, sampleHours(1), 1), provenance: [provenance] };
    expect(await usage.read(ADA, ALL)).toEqual(series);
    await usage.replace([series]);
    await usage.replace([{ ...series, provenance: [{ ...provenance, spread: 0.25, scrapes: 7 }] }]);
    expect(bySql((db) => db.prepare("SELECT count(*) AS n FROM ada_carbon_provenance").get()?.n)).toBe(2);
    expect(
      bySql((db) => db.prepare("SELECT spread, unsettled, scrapes, coverage FROM ada_carbon_hours").get()),
    ).toEqual({ spread: 0.25, unsettled: null, scrapes: 7, coverage: 1 });
  });

  it("7 is brought forward with the provenance that is there, which may then have what was bought", async () => {
    bySql((db) => {
      bringForward(db, path, MIGRATIONS.slice(0, 7));
      db.exec(`INSERT INTO ada_carbon_scope VALUES (1, 'ada', 'ada');
        INSERT INTO ada_carbon_provenance
            (provenance_id, library, model, intensity_kind, intensity_source, intensity_fetched_at, intensity_settled)
          VALUES (1, '0.1.0', 'm', 'actual', 'grid', 5, 1);
        INSERT INTO ada_carbon_usage
          VALUES (1, ${hourAt(0)}, 1, 1, 2, 1, 1, 1, 1, 1, 'processed', 1, NULL)`);
    });
    const { usage } = open();
    await usage.migrate();
    const stored = await usage.read(ADA, ALL);
    const intensity = { kind: "actual", source: "grid", fetchedAt: 5, settled: true } as const;
    expect(stored.provenance).toEqual([{ library: "0.1.0", model: "m", intensity }]);
    await usage.replace([stored]);
    expect(bySql((db) => db.prepare("SELECT count(*) AS n FROM ada_carbon_provenance").get()?.n)).toBe(1);

    const market = { ...intensity, source: "file/contract", gco2eqPerKwh: 41 };
    const bought = { ...stored, provenance: stored.provenance.map((before) => ({ ...before, market })) };
    await usage.replace([bought]);
    expect(await usage.read(ADA, ALL)).toEqual(bought);
    const view = "SELECT busy_gco2eq, market_busy_gco2eq, market_source FROM ada_carbon_hours";
    expect(bySql((db) => db.prepare(view).get())).toEqual({
      busy_gco2eq: 1,
      market_busy_gco2eq: 82,
      market_source: "file/contract",
    });
  });

  it("that is newer than ours is refused and left alone", async () => {
    const stores = open();
    await stores.migrate();
    await stores.close();
    bySql((db) => db.exec("INSERT INTO ada_carbon_schema VALUES (99, '2030-01-01T00:00:00Z')"));
    const { usage, averages, migrate } = open();
    for (const call of [
      () => usage.read(ADA, ALL),
      () => usage.replace([marked(ADA, sampleHours(1), 1)]),
      () => averages.list(),
      () => migrate(),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "store-newer",
        message: expect.stringContaining(
          `version 99, this one knows up to ${MIGRATIONS.length}); upgrade ada-carbon`,
        ),
      });
    }
  });
});

describe("the views for people", () => {
  it("show every hour, and who had which part of a host's", async () => {
    const { usage } = open();
    const host: Scope = { kind: "host", name: "host-1:9100" };
    const owner = { project: "IDAaaS", machine: "m", user: "u", group: "g", experiment: "e" };
    const known = {
      project: "IDAaaS",
      machine: "m",
      user: "u",
      expectedCpuSeconds: 1,
      up: null,
      by: "labels",
    };
    const owners = [
      { ...owner, busyShare: 0.25, idleShare: 1 },
      { ...owner, user: "v", busyShare: 0.75, idleShare: 0 },
    ];
    const hours = marked(host, sampleHours(2), 3);
    const provenance = hours.provenance.map((each) => ({ ...each, host: { ...known, owners } }));
    await usage.replace([{ ...hours, provenance }, marked(ADA, sampleHours(1), 1)]);
    bySql((db) => {
      expect(
        db.prepare("SELECT hour_key, timestamp_utc, busy_kwh, status FROM ada_carbon_hours ORDER BY 1").all(),
      ).toEqual([
        {
          hour_key: "ada/ada/2025-01-01T00Z",
          timestamp_utc: "2025-01-01T00:00:00Z",
          busy_kwh: 1,
          status: "processed",
        },
        {
          hour_key: "host/host-1:9100/2025-01-01T00Z",
          timestamp_utc: "2025-01-01T00:00:00Z",
          busy_kwh: 3,
          status: "processed",
        },
        {
          hour_key: "host/host-1:9100/2025-01-01T01Z",
          timestamp_utc: "2025-01-01T01:00:00Z",
          busy_kwh: 3,
          status: "processed",
        },
      ]);
      const rows = db.prepare("SELECT * FROM ada_carbon_owners ORDER BY owner_key").all();
      expect(rows).toHaveLength(4);
      expect(rows[1]).toEqual({
        owner_key: "host-1:9100/2025-01-01T00Z/2",
        host: "host-1:9100",
        timestamp_utc: "2025-01-01T00:00:00Z",
        cloud_project_name: "IDAaaS",
        machine_name: "m",
        user_name: "v",
        group_name: "g",
        experiment_name: "e",
        busy_share: 0.75,
        idle_share: 0,
      });
    });
  });
});

describe("a row that another program changed", () => {
  it.each([
    ["status", "'done'"],
    ["busy_kwh", "-1"],
    ["busy_kwh", "'much'"],
    ["hour", "1735693200001"],
    ["hour", "9223372036854775807"],
    ["provenance_id", "999"],
    ["host_id", "999"],
    ["idle_kwh", "NULL"],
  ])("so that %s is %s is store-corrupt, and its neighbours stay readable", async (column, value) => {
    const { usage } = open();
    await usage.replace([marked(ADA, sampleHours(3), 1), marked(user("Alice"), sampleHours(3), 1)]);
    bySql((db) => {
      db.exec("PRAGMA foreign_keys = OFF");
      db.exec(`UPDATE ada_carbon_usage SET ${column} = ${value} WHERE scope_id = 1 AND hour = ${hourAt(1)}`);
    });
    await expect(usage.read(ADA, ALL)).rejects.toMatchObject({
      code: "store-corrupt",
      message: expect.stringMatching(/^[^\n]*usage\.db cannot be read: [^\n]+$/),
    });
    expect((await usage.read(user("Alice"), ALL)).hours).toHaveLength(3);
    expect((await usage.read(ADA, { from: 0, to: hourAt(1) })).hours).toHaveLength(1);
  });

  it("among averages or sessions is store-corrupt too", async () => {
    const { averages } = open();
    await averages.put([sampleAverages("a", 1), sampleAverages("b", 1)]);
    bySql((db) => db.exec("UPDATE ada_carbon_machine_average SET hours = 'many' WHERE machine_name = 'a'"));
    await expect(averages.get("a")).rejects.toMatchObject({ code: "store-corrupt" });
    expect(await averages.get("b")).toEqual(sampleAverages("b", 1));
    bySql((db) => db.exec("DROP TABLE ada_carbon_machine_average"));
    await expect(averages.get("b")).rejects.toMatchObject({ code: "store-corrupt" });
  });
});

describe("a long batch", () => {
  const batch = (mark: number) =>
    Array.from({ length: 6 }, (_, i) => marked(user(`u${i}`), sampleHours(8760), mark));

  it("leaves time for others, who see what was there before", async () => {
    const { usage, averages } = open();
    await usage.replace(batch(1));
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    let done = false;
    const writing = usage.replace(batch(2)).then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const putting = averages.put([sampleAverages("a", 1)]);
    expect(new Set((await usage.read(user("u0"), ALL)).busyKwh)).toEqual(new Set([1]));
    expect(done).toBe(false);
    await Promise.all([writing, putting]);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
    expect(new Set((await usage.read(user("u0"), ALL)).busyKwh)).toEqual(new Set([2]));
  });

  it("aborted half way leaves nothing of itself, and the next one goes on", async () => {
    const { usage } = open();
    await usage.replace(batch(1));
    const reason = new Error("enough");
    const controller = new AbortController();
    const writing = usage.replace(batch(2), { signal: controller.signal });
    const next = usage.replace([marked(ADA, sampleHours(1), 3)]);
    setTimeout(() => controller.abort(reason), 10);
    await expect(writing).rejects.toBe(reason);
    await next;
    for (const { scope } of batch(1)) {
      expect(new Set((await usage.read(scope, ALL)).busyKwh)).toEqual(new Set([1]));
    }
    expect((await usage.read(ADA, ALL)).hours).toHaveLength(1);
  });
});

describe("another program in the middle of a transaction", () => {
  it("is waited for, without holding up the process", async () => {
    const { averages } = open();
    await averages.put([sampleAverages("a", 1)]);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    setTimeout(() => {
      other.exec("COMMIT");
      other.close();
    }, 100);
    await averages.put([sampleAverages("b", 1)]);
    expect(await averages.list()).toEqual(["a", "b"]);
  });

  it("that does not end is store-locked, and nothing is written", async () => {
    const { usage, averages } = open({ lockWaitMs: 100 });
    await averages.put([sampleAverages("a", 1)]);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await expect(usage.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(/another program is writing to .*usage\.db and did not finish in time/),
    });
    expect(await averages.list()).toEqual(["a"]);
    other.close();
    await usage.replace([marked(ADA, sampleHours(1), 1)]);
  });
});

describe("the lock", () => {
  it("keeps writers of usage out for as long as it is held, and says who holds it", async () => {
    const [one, two] = [open(), open({ lockWaitMs: 50 })];
    const release = await one.usage.lock();
    const refusal = {
      code: "store-locked",
      message: expect.stringMatching(
        new RegExp(`another run is writing to .* \\(process ${process.pid}, since 20`),
      ),
    };
    await expect(two.usage.lock()).rejects.toMatchObject(refusal);
    await expect(two.usage.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject(refusal);
    await expect(one.usage.lock()).rejects.toMatchObject({ code: "store-locked" });
    // The tracker of workspaces and others go on meanwhile.
    await two.averages.put([sampleAverages("a", 1)]);
    await one.usage.replace([marked(ADA, sampleHours(1), 1)]);
    await release();
    await two.usage.replace([marked(ADA, sampleHours(1), 2)]);
    await (await two.usage.lock())();
  });

  it("is given back by closing", async () => {
    const one = open();
    await one.usage.lock();
    await one.close();
    await (await open().usage.lock())();
  });
});

describe("plain SQL", () => {
  it("finds the documents' machine averages, and the hours by name", async () => {
    const { usage, averages } = open();
    const sum = (value: number) => ({ sum: value, lost: 0 });
    await averages.put([
      {
        machine: "Artemis (Matlab)",
        hours: 4,
        weight: sum(2),
        hoursWithCarbon: 2,
        weightWithCarbon: sum(1),
        busyCpuSeconds: sum(7200),
        idleCpuSeconds: sum(3600),
        busyKwh: sum(1),
        idleKwh: sum(0.5),
        busyGco2eq: sum(150),
        idleGco2eq: sum(75),
      },
    ]);
    await usage.replace([marked(user("Alice"), sampleHours(2), 3)]);
    const metrics = bySql((db) => db.prepare("SELECT * FROM ada_carbon_machine_metrics").all());
    expect(metrics).toEqual([
      {
        machine_name: "Artemis (Matlab)",
        energy_number_data_points: 4,
        energy_kwh_busy_avg: 0.5,
        energy_kwh_idle_avg: 0.25,
        carbon_number_data_points: 2,
        carbon_gco2eq_busy_avg: 150,
        carbon_gco2eq_idle_avg: 75,
      },
    ]);
    const hours = bySql((db) =>
      db.prepare("SELECT kind, name, timestamp_utc, busy_kwh, status FROM ada_carbon_hours").all(),
    );
    expect(hours).toEqual(
      ["00", "01"].map((hour) => ({
        kind: "user",
        name: "Alice",
        timestamp_utc: `2025-01-01T${hour}:00:00Z`,
        busy_kwh: 3,
        status: "processed",
      })),
    );
    expect(bySql((db) => db.prepare("PRAGMA integrity_check").get()?.integrity_check)).toBe("ok");
    expect(bySql((db) => db.prepare("PRAGMA foreign_key_check").all())).toEqual([]);
  });

  it("of a copy of the file reads the same", async () => {
    const stores = open();
    const rows = sampleSeries(ADA, 100, 1);
    await stores.usage.replace([rows]);
    await stores.close();
    const copy = join(folder, "copy.db");
    await copyFile(path, copy);
    path = copy;
    expect(await open().usage.read(ADA, ALL)).toEqual(rows);
  });
});
