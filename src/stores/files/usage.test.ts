import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  ALL,
  code,
  filesBelow,
  folder,
  project,
  START,
  table,
  usage,
} from "../../../test/support/usage-folder.js";
import { HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import { fileAverageStore, fileUsageStore } from "./index.js";
import { TableFile } from "./tables/table-file.js";

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
