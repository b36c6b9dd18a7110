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
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";

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
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("fileUsageStore", () => {
  it("keeps one Parquet file a scope, at the documented paths, readable for anybody", async () => {
    const store = fileUsageStore(folder);
    await store.replace([usage(project("IDAaaS"), 0, 2, 1), usage(ADA, 0, 3, 2)]);
    expect((await filesBelow(folder)).sort()).toEqual([
      join(folder, "usage/ada.parquet"),
      join(folder, "usage/project/IDAaaS.parquet"),
    ]);
    expect(store.pathOf(project("IDAaaS"))).toBe(join(folder, "usage/project/IDAaaS.parquet"));
    const duckdb = await (await DuckDBInstance.create()).connect();
    const rows = await duckdb.runAndReadAll(`select sum(busy_usage_kwh) from '${store.pathOf(ADA)}'`);
    expect(rows.getRowsJS()).toEqual([[6]]);
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

  it("each have a file of their own inside the folder, and are listed as they were given", async () => {
    const store = fileUsageStore(folder);
    await store.replace(names.map((name, i) => usage({ kind: "user", name }, 0, 1, i)));
    const files = await filesBelow(folder);
    expect(files).toHaveLength(names.length);
    for (const file of files) expect(dirname(file)).toBe(join(folder, "usage/user"));
    expect((await store.scopes("user")).map((scope) => scope.name)).toEqual([...names].sort());
    for (const [i, name] of names.entries()) {
      expect([...(await store.read({ kind: "user", name }, ALL)).busyKwh]).toEqual([i]);
    }
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
    await expect(store.read(project("Bob"), ALL)).rejects.toThrow(
      /project\/Bob.parquet holds the usage of project:bob, which belongs into usage\/project\/bob.parquet/,
    );
  });
});

describe("a file that is not what it should be", () => {
  const damages: Record<string, (path: string) => Promise<void>> = {
    "is cut short": async (path) => writeFile(path, (await readFile(path)).subarray(0, 500)),
    "is empty": (path) => writeFile(path, ""),
    "is text": (path) => writeFile(path, "timestamp,status\n"),
    "is that of another scope": async (path) => {
      await fileUsageStore(join(folder, "other")).replace([usage(ADA, 0, 1, 1)]);
      await rename(join(folder, "other/usage/ada.parquet"), path);
    },
  };

  it.each(Object.entries(damages))("because it %s, stops reading and the whole batch", async (_, damage) => {
    const store = fileUsageStore(folder);
    const good = project("CDAaaS");
    const bad = project("IDAaaS");
    await store.replace([usage(good, 0, 1, 1), usage(bad, 0, 1, 1)]);
    await damage(store.pathOf(bad));
    const before = await Promise.all([store.pathOf(good), store.pathOf(bad)].map((path) => readFile(path)));

    const refused = expect.objectContaining({
      code: "store-corrupt",
      message: expect.stringContaining(store.pathOf(bad)),
    });
    await expect(store.read(bad, ALL)).rejects.toEqual(refused);
    await expect(store.replace([usage(good, 1, 1, 2), usage(bad, 1, 1, 2)])).rejects.toEqual(refused);

    const after = await Promise.all([store.pathOf(good), store.pathOf(bad)].map((path) => readFile(path)));
    expect(after).toEqual(before);
    expect((await filesBelow(folder)).filter((path) => path.includes("/."))).toEqual([]);
    expect((await store.read(good, ALL)).hours).toHaveLength(1);
  });

  it("by its name, is named in the list of scopes", async () => {
    const store = fileUsageStore(folder);
    await mkdir(join(folder, "usage/project"), { recursive: true });
    await writeFile(join(folder, "usage/project/notes.txt"), "ignored");
    expect(await store.scopes("project")).toEqual([]);
    await writeFile(join(folder, "usage/project/my file.parquet"), "");
    await expect(store.scopes("project")).rejects.toThrow(
      /my file.parquet has a name that ada-carbon never gives/,
    );
  });

  it("by being a journal of something else, stops writing", async () => {
    const store = fileUsageStore(folder);
    for (const text of ["{", '{"version":1,"renames":[{"temporary":"../x","target":"usage/ada.parquet"}]}']) {
      await writeFile(join(folder, ".ada-carbon.journal"), text);
      await expect(store.replace([usage(ADA, 0, 1, 1)])).rejects.toEqual(code("store-corrupt"));
      expect(await readFile(join(folder, ".ada-carbon.journal"), "utf8")).toBe(text);
    }
  });
});
