import { existsSync } from "node:fs";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeUsage } from "../../timeseries/parquet/index.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileAverageStore, fileUsageStore } from "./index.js";
import { TableFile } from "./tables/table-file.js";

const START = Date.UTC(2025, 8, 10);
const ALL = { from: START, to: START + 1000 * HOUR_MS };
const project = (name: string): Scope => ({ kind: "project", name });

function usage(scope: Scope, firstHour: number, count: number, value: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => (START + (firstHour + i) * HOUR_MS) as FinishedHour);
  const series = emptySeries(scope, hours, { library: "0.1.0", model: "m", intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) {
    series[name].fill(value);
  }
  series.status.fill("unprocessed");
  return series;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  // The lock and the journal stay.
  const files = entries.filter((entry) => entry.isFile() && !/\.(lock|journal)$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** The table of a kind in the month of all rows here. */
const table = (kind: string): string => join(folder, `hours/kind=${kind}/month=2025-09/hours.parquet`);

describe("a month of many rows", () => {
  const hoursOfMonth = (): Promise<string[]> => readdir(join(folder, "hours/kind=user/month=2025-09"));
  const user = (name: string): Scope => ({ kind: "user", name });

  it("goes on in another table, and every row stays in the one of its hour", async () => {
    const store = fileUsageStore(folder, { rowsPerTable: 4 });
    const both = (first: number, count: number, value: number): UsageSeries[] =>
      ["amara", "bo"].map((name) => usage(user(name), first, count, value));
    await store.replace(both(2, 3, 1));
    await store.replace(both(5, 2, 1));
    await store.replace(both(8, 2, 1));
    expect(await hoursOfMonth()).toEqual([
      "hours-from-10T05.parquet",
      "hours-from-10T07.parquet",
      "hours.parquet",
    ]);
    // In the hole of the first table, over the edges of all three, and before everything.
    await store.replace(both(3, 6, 10));
    await store.replace([usage(user("amara"), 0, 1, 100)]);
    expect(await hoursOfMonth()).toHaveLength(3);
    const read = async (name: string) => (await store.read(user(name), ALL)).busyKwh;
    expect([...(await read("amara"))]).toEqual([100, 1, 10, 10, 10, 10, 10, 10, 1]);
    expect([...(await read("bo"))]).toEqual([1, 10, 10, 10, 10, 10, 10, 1]);
    const [amara] = (await store.readKind?.("user", ALL)) ?? [];
    expect([...(amara?.hours ?? [])]).toEqual([...(await store.read(user("amara"), ALL)).hours]);
    expect(await store.spans?.("user")).toMatchObject([{ hoursKnown: 9 }, { hoursKnown: 8 }]);
  });

  it("loses the tables that are emptied, and still takes rows before those that are left", async () => {
    const store = fileUsageStore(folder, { rowsPerTable: 2 });
    for (const first of [2, 4, 6]) await store.replace([usage(user("amara"), first, 2, 1)]);
    await store.remove([user("amara")], { from: START, to: START + 6 * HOUR_MS });
    expect(await hoursOfMonth()).toEqual(["hours-from-10T06.parquet"]);
    await store.replace([usage(user("amara"), 0, 1, 5)]);
    expect([...(await store.read(user("amara"), ALL)).busyKwh]).toEqual([5, 1, 1]);
  });

  it("does not mind what computers leave in its folders", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(ADA, 0, 1, 1)]);
    await writeFile(join(folder, "hours/kind=ada/.DS_Store"), "");
    await writeFile(join(folder, "hours/kind=ada/month=2025-09/._hours.parquet"), "");
    await store.replace([usage(ADA, 1, 1, 2)]);
    expect([...(await store.read(ADA, ALL)).busyKwh]).toEqual([1, 2]);
    await mkdir(join(folder, "averages"), { recursive: true });
    await writeFile(join(folder, "averages/._Muon.json"), "");
    expect(await fileAverageStore(folder).list()).toEqual([]);
  });

  it("refuses rows in the table of other hours", async () => {
    const store = fileUsageStore(folder, { rowsPerTable: 2 });
    for (const first of [2, 4]) await store.replace([usage(user("amara"), first, 2, 1)]);
    const [later = "", earlier = ""] = (await hoursOfMonth()).map((name) =>
      join(dirname(table("user")), name),
    );
    await copyFile(earlier, later);
    await expect(store.read(user("amara"), ALL)).rejects.toThrow(/another file of its month/);
  });
});

describe("tables of many hosts", () => {
  it("have no columns read that nobody looks at", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage({ kind: "host", name: "h:9100" }, 0, 2, 1)]);
    const rows = vi.spyOn(TableFile.prototype, "rows");
    const [host] = (await store.readKind?.("host", ALL, { intensitiesOnly: true })) ?? [];
    expect(host?.provenance[0]).toMatchObject({ library: "", model: null });
    const columns = rows.mock.calls.flatMap(([options]) => options.columns ?? []);
    expect(columns).toContain("intensity_source");
    expect(columns).toContain("market_intensity");
    expect(columns).not.toContain("owners");
    expect(columns).not.toContain("model");
  });

  afterEach(() => vi.restoreAllMocks());

  it("have their dictionaries decoded once, and not for every host", async () => {
    const decode = vi.spyOn(TextDecoder.prototype, "decode");
    const decodedOf = async (hosts: number): Promise<number> => {
      const store = fileUsageStore(join(folder, String(hosts)));
      await store.replace(
        Array.from({ length: hosts }, (_, i) => {
          const series = usage({ kind: "host", name: `h${i}:9100` }, 0, 2, 1);
          const provenance = { library: "0.1.0", model: `watts of h${i}`, intensity: null };
          return { ...series, provenance: series.hours.map(() => provenance) };
        }),
      );
      decode.mockClear();
      expect(await store.readKind?.("host", ALL)).toHaveLength(hosts);
      await store.close();
      return decode.mock.calls.length;
    };
    const ofFew = await decodedOf(50);
    expect(ofFew).toBeGreaterThan(50);
    expect(await decodedOf(200)).toBeLessThan(5 * ofFew);
  });
});

describe("fileUsageStore", () => {
  it("keeps one table a kind and month and publishes the documented files, readable for anybody", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(project("IDAaaS"), 0, 2, 1), usage(ADA, 0, 3, 2)]);
    expect((await filesBelow(folder)).sort()).toEqual([
      table("ada"),
      table("project"),
      join(folder, "usage/ada.parquet"),
      join(folder, "usage/project/IDAaaS.parquet"),
    ]);
    expect(store.pathOf(project("IDAaaS"))).toBe(join(folder, "usage/project/IDAaaS.parquet"));
    const duckdb = await (await DuckDBInstance.create()).connect();
    const rows = await duckdb.runAndReadAll(`select sum(busy_usage_kwh) from '${store.pathOf(ADA)}'`);
    expect(rows.getRowsJS()).toEqual([[6]]);
    const tables = join(folder, "hours/**/*.parquet");
    const months = await duckdb.runAndReadAll(
      `select kind, month, name, sum(busy_usage_kwh), min(epoch_ms(timestamp))::double
       from read_parquet('${tables}', hive_partitioning = true, hive_types_autocast = false)
       group by all order by kind`,
    );
    expect(months.getRowsJS()).toEqual([
      ["ada", "2025-09", "ada", 6, START],
      ["project", "2025-09", "IDAaaS", 2, START],
    ]);
  });

  it("replaces the hours it is given and keeps the others", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(ADA, 0, 4, 1)]);
    await store.replace([usage(ADA, 2, 4, 2), usage(ADA, 5, 1, 3)]);
    const series = await fileUsageStore(folder).read(ADA, ALL);
    expect([...series.busyKwh]).toEqual([1, 1, 2, 2, 2, 3]);
    const slice = await store.read(ADA, { from: START + HOUR_MS, to: START + 3 * HOUR_MS });
    expect([...slice.busyKwh]).toEqual([1, 2]);
  });

  it("does not touch a file that would not change", async () => {
    const store = fileUsageStore(folder);
    const batch = [usage(ADA, 0, 4, 1), usage(project("IDAaaS"), 0, 4, 1)];
    await store.replace(batch);
    const path = store.pathOf(ADA);
    const before = await readFile(path);
    await utimes(path, 1, 1);
    const { ino } = await stat(path);
    await store.replace([...batch, usage(project("CDAaaS"), 0, 1, 1)]);
    expect(await stat(path)).toMatchObject({ ino, mtimeMs: 1000 });
    expect(await readFile(path)).toEqual(before);
  });

  it("gives the same bytes whatever the order and the number of the writes", async () => {
    const once = fileUsageStore(join(folder, "once"));
    const often = fileUsageStore(join(folder, "often"));
    await once.replace([usage(ADA, 0, 9, 1)]);
    for (const hour of [8, 3, 0, 3, 1, 2, 6, 5, 4, 7, 8]) await often.replace([usage(ADA, hour, 1, 1)]);
    expect(await readFile(often.pathOf(ADA))).toEqual(await readFile(once.pathOf(ADA)));
  });

  it("takes batches that overlap in time one after the other", async () => {
    const store = fileUsageStore(folder);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.replace([usage(ADA, i, 1, i)])));
    expect([...(await store.read(ADA, ALL)).busyKwh]).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("makes nothing when it reads, and finds nothing where nothing is", async () => {
    const store = fileUsageStore(join(folder, "not", "there"));
    expect((await store.read(ADA, ALL)).hours).toEqual([]);
    expect(await store.scopes("project")).toEqual([]);
    expect(await store.scopes("ada")).toEqual([]);
    await store.replace([]);
    await store.replace([usage(ADA, 0, 0, 1)]);
    expect(existsSync(join(folder, "not"))).toBe(false);
  });

  it("rejects with the signal's own reason, and then has written nothing", async () => {
    const store = fileUsageStore(folder);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(store.read(ADA, ALL, { signal })).rejects.toBe(reason);
    await expect(store.scopes("ada", { signal })).rejects.toBe(reason);
    await expect(store.lock({ signal })).rejects.toBe(reason);
    await expect(store.replace([usage(ADA, 0, 1, 1)], { signal })).rejects.toBe(reason);
    const controller = new AbortController();
    const many = Array.from({ length: 50 }, (_, i) => usage(project(`p${i}`), 0, 100, 1));
    const written = store.replace(many, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(written).rejects.toBe(reason);
    expect(await filesBelow(folder)).toEqual([]);
  });
});

describe("scope names", () => {
  const names = [
    "../x",
    "a/b",
    "CON",
    "nul.txt",
    "dots...",
    "spaces  ",
    "🙂",
    "nul\0byte",
    "Artemis (Matlab)",
    "long ".repeat(80),
    "long ".repeat(81),
    "Bob",
    "bob",
  ];

  it("are apart in one table, and are listed as they were given", async () => {
    const store = fileUsageStore(folder);
    await store.replace(names.map((name, i) => usage({ kind: "user", name }, 0, 1, i)));
    const files = await filesBelow(folder);
    expect(files).toEqual([table("user")]);
    expect((await store.scopes("user")).map((scope) => scope.name)).toEqual([...names].sort());
    for (const [i, name] of names.entries()) {
      expect([...(await store.read({ kind: "user", name }, ALL)).busyKwh]).toEqual([i]);
    }
  });

  it("of projects each have a file of their own inside the folder", async () => {
    const store = fileUsageStore(folder);
    await store.replace(names.map((name, i) => usage(project(name), 0, 1, i)));
    const files = (await filesBelow(folder)).filter((file) => file !== table("project"));
    expect(files).toHaveLength(names.length);
    for (const file of files) expect(dirname(file)).toBe(join(folder, "usage/project"));
    expect((await store.scopes("project")).map((scope) => scope.name)).toEqual([...names].sort());
  });

  it("that cannot be stored are refused before anything is written", async () => {
    const store = fileUsageStore(folder);
    for (const scope of [project(""), project("\ud800"), { kind: "ada", name: "IDAaaS" } as const]) {
      await expect(store.replace([usage(ADA, 0, 1, 1), usage(scope, 0, 1, 1)])).rejects.toEqual(
        code("bad-input"),
      );
      await expect(store.read(scope, ALL)).rejects.toEqual(code("bad-input"));
    }
    expect(await filesBelow(folder)).toEqual([]);
  });

  it("that a case-insensitive disk takes for one are not mixed up", async () => {
    // Such a disk lists the file under its first name and opens it under both: here, an entry for one name
    // that leads to the file of the other.
    const store = fileUsageStore(folder);
    await store.replace([usage(project("bob"), 0, 1, 1)]);
    await copyFile(store.pathOf(project("bob")), store.pathOf(project("Bob")));
    expect((await store.read(project("Bob"), ALL)).hours).toEqual([]);
    await expect(store.replace([usage(project("Bob"), 0, 1, 2)])).rejects.toThrow(
      /project\/Bob.parquet holds the usage of project:bob, which belongs into usage\/project\/bob.parquet/,
    );
  });
});

describe("a folder of 0.1.0", () => {
  /** What it kept of a user, with the metadata that it wrote. */
  async function firstVersion(path: string, scope: Scope): Promise<void> {
    const target = join(folder, `usage/${path}.parquet`);
    await mkdir(dirname(target), { recursive: true });
    const bytes = Buffer.from(encodeUsage(usage(scope, 0, 9, 1)));
    const ours = Buffer.from('{"version":3');
    bytes.set(Buffer.from('{"version":2'), bytes.indexOf(ours));
    await writeFile(target, bytes);
  }

  it.each([
    ["ada", ADA],
    ["project/IDAaaS", project("IDAaaS")],
    ["user/amara", { kind: "user", name: "amara" }],
  ] as const)("with %s is refused by name, and left as it is", async (path, scope) => {
    await firstVersion(path, scope);
    const before = await filesBelow(folder);
    const store = fileUsageStore(folder);
    const refused = expect.objectContaining({
      code: "store-unprepared",
      message: expect.stringMatching(
        /usage.* was written by ada-carbon 0.1.0.*ada-carbon import .*--out NEW_DIR/,
      ),
    });
    await expect(store.read(scope, ALL)).rejects.toEqual(refused);
    await expect(store.scopes(scope.kind)).rejects.toEqual(refused);
    await expect(store.replace([usage(ADA, 0, 1, 1)])).rejects.toEqual(refused);
    await expect(store.remove([scope], ALL)).rejects.toEqual(refused);
    expect(await filesBelow(folder)).toEqual(before);
  });
});

describe("a batch that a crash left half renamed", () => {
  it("is read as it is to become, by readers that may not write", async () => {
    const store = fileUsageStore(folder);
    const months = { from: START, to: START + 1e5 * HOUR_MS };
    await store.replace([usage(ADA, 0, 900, 1)]);
    const other = fileUsageStore(join(folder, "other"));
    await other.replace([usage(ADA, 0, 900, 2)]);
    // September renamed, October not yet.
    const tables = ["2025-09", "2025-10"].map((month) => `hours/kind=ada/month=${month}/hours.parquet`);
    const renames = tables.map((target, i) => ({
      temporary: `${dirname(target)}/.ada-carbon-00000000-0000-4000-8000-00000000000${i}.tmp`,
      target,
    }));
    for (const [i, { temporary, target }] of renames.entries()) {
      await copyFile(join(folder, "other", target), join(folder, i === 0 ? target : temporary));
    }
    await writeFile(join(folder, ".ada-carbon.journal"), JSON.stringify({ version: 1, renames }));
    expect(new Set((await store.read(ADA, months)).busyKwh)).toEqual(new Set([2]));
    await store.replace([usage({ kind: "user", name: "next" }, 0, 1, 1)]);
    expect(new Set((await store.read(ADA, months)).busyKwh)).toEqual(new Set([2]));
  });
});

describe("a file that is not what it should be", () => {
  const damages: Record<string, (path: string) => Promise<void>> = {
    "is cut short": async (path) => writeFile(path, (await readFile(path)).subarray(0, 500)),
    "is empty": (path) => writeFile(path, ""),
    "is text": (path) => writeFile(path, "timestamp,status\n"),
  };

  /** Reading and a batch with another scope are refused with that text; nothing changes. */
  async function expectRefused(path: string, why: RegExp, damage: () => Promise<void>): Promise<void> {
    const store = fileUsageStore(folder);
    const bad = project("IDAaaS");
    await store.replace([usage(ADA, 0, 1, 1), usage(bad, 0, 1, 1)]);
    await damage();
    const before = await contents();
    const refused = expect.objectContaining({
      code: "store-corrupt",
      message: expect.stringMatching(why),
    });
    if (path === table("project")) {
      await expect(store.read(bad, ALL)).rejects.toEqual(refused);
      await expect(store.scopes("project")).rejects.toEqual(refused);
    }
    const error = await store.replace([usage(ADA, 1, 1, 2), usage(bad, 1, 1, 2)]).catch((reason) => reason);
    expect(error).toEqual(refused);
    expect(error.message).toContain(path);
    expect(error.message).not.toContain("\n");
    expect(await contents()).toEqual(before);
    expect((await store.read(ADA, ALL)).hours).toHaveLength(1);
  }

  async function contents(): Promise<Record<string, Buffer>> {
    const files = (await filesBelow(folder)).filter((path) => path.startsWith(folder)).sort();
    return Object.fromEntries(await Promise.all(files.map(async (path) => [path, await readFile(path)])));
  }

  /** The table of projects as `select` makes it, with our key or without. */
  async function rewritten(select: string, isOurs = true): Promise<void> {
    const duckdb = await (await DuckDBInstance.create()).connect();
    const to = join(folder, "rewritten.tmp");
    const metadata = isOurs
      ? `, kv_metadata {'ada-carbon': '{"table":1,"kind":"project","month":"2025-09"}'}`
      : "";
    await duckdb.run(
      `copy (select ${select} from '${table("project")}') to '${to}' (format parquet${metadata})`,
    );
    await rename(to, table("project"));
  }

  it.each(Object.entries(damages))("because it %s, stops reading and the whole batch", async (_, damage) => {
    await expectRefused(table("project"), /is not a whole Parquet file/, () => damage(table("project")));
  });

  it.each(Object.entries(damages))("published, because it %s, stops the whole batch", async (_, damage) => {
    const path = join(folder, "usage/project/IDAaaS.parquet");
    await expectRefused(path, /is not a whole Parquet file/, () => damage(path));
  });

  it("because a bit of it was flipped, wherever that is, stops the next batch, and is read as no other number", async () => {
    const path = table("user");
    const users = ["a", "b", "c"].map((name, i) => usage({ kind: "user", name }, 0, 500, (i + 1) / 7));
    await fileUsageStore(folder).replace(users);
    const whole = await readFile(path);
    const answers = { right: 0, refused: 0 };
    for (let at = 0; at < whole.length; at += 1 + Math.floor(whole.length / 60)) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, flipped);
      const store = fileUsageStore(folder);
      const found = await store.read({ kind: "user", name: "b" }, ALL).then(
        ({ busyKwh }) => ({ busyKwh }),
        (error: unknown) => ({ error }),
      );
      if ("error" in found) expect(found.error).toEqual(code("store-corrupt"));
      else expect(found.busyKwh).toEqual(users[1]?.busyKwh);
      answers["error" in found ? "refused" : "right"]++;
      const error = await store
        .replace([usage({ kind: "user", name: "d" }, 0, 1, 1)])
        .catch((reason) => reason);
      expect(error, `byte ${at} of ${whole.length}`).toEqual(code("store-corrupt"));
      expect(error.message).not.toContain("\n");
    }
    expect(answers.refused).toBeGreaterThan(40);
    await writeFile(path, whole.with(whole.length >> 1, (whole[whole.length >> 1] ?? 0) ^ 1));
    await expect(fileUsageStore(folder).read({ kind: "user", name: "b" }, ALL)).rejects.toThrow(
      /hours\.parquet cannot be read: .*its bytes 0 to \d+ are not those that were written/,
    );
  });

  it("published, because it is that of another scope, stops the whole batch", async () => {
    const path = join(folder, "usage/project/IDAaaS.parquet");
    await expectRefused(path, /holds the usage of ada/, () =>
      copyFile(join(folder, "usage/ada.parquet"), path),
    );
  });

  it("published, because another tool wrote it, stops the whole batch", async () => {
    const path = join(folder, "usage/project/IDAaaS.parquet");
    await expectRefused(
      path,
      /was written by another tool, .* the hours of project:IDAaaS; .*ada-carbon import/,
      async () => {
        const duckdb = await (await DuckDBInstance.create()).connect();
        await duckdb.run(`copy (select * from '${path}') to '${path}' (format parquet)`);
      },
    );
  });

  it("because it is that of another kind", () =>
    expectRefused(table("project"), /the table of kind=ada .* in the place of kind=project/, () =>
      copyFile(table("ada"), table("project")),
    ));

  it("because another tool wrote it", () =>
    expectRefused(table("project"), /another tool wrote it/, () => rewritten("*", false)));

  it("because another tool wrote it and kept our mark", () =>
    expectRefused(table("project"), /another tool wrote it: DuckDB/, () => rewritten("*")));

  it("because it lacks a column", () =>
    expectRefused(table("project"), /it has no column coverage/, () => rewritten("* exclude (coverage)")));

  it("because a column is of another type", () =>
    expectRefused(table("project"), /its column coverage is Utf8; it must hold doubles/, () =>
      rewritten("* replace (coverage::varchar as coverage)"),
    ));

  it("because it is that of another month", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(ADA, 0, 1, 1)]);
    const october = join(folder, "hours/kind=ada/month=2025-10");
    await mkdir(october);
    await copyFile(table("ada"), join(october, "hours.parquet"));
    const all = { from: 0, to: START + 1e5 * HOUR_MS };
    await expect(store.read(ADA, all)).rejects.toThrow(
      /month=2025-10\/hours.parquet cannot be read: it is the table of kind=ada and month=2025-09, in the place of/,
    );
  });

  it("because a newer ada-carbon wrote it", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(ADA, 0, 1, 1)]);
    const bytes = await readFile(table("ada"));
    const newer = Buffer.from(bytes.toString("latin1").replace('{"table":1', '{"table":9'), "latin1");
    const footerAt = newer.length - 8 - newer.readUInt32LE(newer.length - 8);
    newer.writeUInt32LE(crc32(newer.subarray(footerAt)), footerAt - 12);
    await writeFile(table("ada"), newer);
    const refused = expect.objectContaining({
      code: "store-newer",
      message: expect.stringMatching(/of version 9.*a newer ada-carbon wrote this/),
    });
    await expect(store.read(ADA, ALL)).rejects.toEqual(refused);
    await expect(store.replace([usage(ADA, 1, 1, 1)])).rejects.toEqual(refused);
    expect(await readFile(table("ada"))).toEqual(newer);
  });

  it("by being a journal of something else, stops writing", async () => {
    const store = fileUsageStore(folder);
    for (const text of ["{", '{"version":1,"renames":[{"temporary":"../x","target":"usage/ada.parquet"}]}']) {
      await writeFile(join(folder, ".ada-carbon.journal"), text);
      await expect(store.replace([usage(ADA, 0, 1, 1)])).rejects.toEqual(code("store-corrupt"));
      expect(await readFile(join(folder, ".ada-carbon.journal"), "utf8")).toBe(text);
    }
    await writeFile(join(folder, ".ada-carbon.journal"), '{"version":2,"moves":[]}');
    await expect(store.replace([usage(ADA, 0, 1, 1)])).rejects.toEqual(code("store-newer"));
  });
});
