import type * as FsPromises from "node:fs/promises";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";

/** Makes the disk take names that differ only in case for one, and keep the first, as macOS and Windows do. */
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof FsPromises>();
  const known = async (path: string): Promise<string> => {
    const entries = await real.readdir(dirname(path)).catch(() => []);
    const name = basename(path).toLowerCase();
    return join(dirname(path), entries.find((entry) => entry.toLowerCase() === name) ?? basename(path));
  };
  return {
    ...real,
    readFile: async (path: string, options: object) => real.readFile(await known(path), options),
    lstat: async (path: string) => real.lstat(await known(path)),
    open: async (path: string, flags: string) => real.open(await known(path), flags),
    rename: async (from: string, to: string) => real.rename(await known(from), await known(to)),
  };
});

const ALL = { from: 0, to: 1000 * HOUR_MS };
const project = (name: string): Scope => ({ kind: "project", name });

function oneHour(scope: Scope): UsageSeries {
  const nothing = { library: "0.1.0", model: null, intensity: null };
  return emptySeries(scope, [0 as FinishedHour], nothing);
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-case-"));
});
afterEach(() => rm(folder, { recursive: true }));

const refused = expect.objectContaining({
  code: "store-unavailable",
  message: expect.stringMatching(
    /\/bob.parquet and .*\/Bob.parquet are one file on the file system of .*ignores case/,
  ),
});

describe("on a disk that ignores case", () => {
  it("a scope is not read from, nor written over, the file of one that differs in case", async () => {
    const store = fileUsageStore(folder);
    await store.replace([oneHour(project("Bob"))]);
    expect((await store.read(project("bob"), ALL)).hours).toEqual([]);
    await expect(store.replace([oneHour(ADA), oneHour(project("bob"))])).rejects.toEqual(refused);
    expect(await store.scopes("project")).toEqual([project("Bob")]);
    expect((await store.read(project("Bob"), ALL)).hours).toEqual([0]);
    expect((await store.read(ADA, ALL)).hours).toEqual([]);
  });

  it("two new ones in a batch are refused, and nothing is written", async () => {
    const batch = [project("Bob"), project("Alice"), project("bob")].map(oneHour);
    await expect(fileUsageStore(folder).replace(batch)).rejects.toEqual(
      expect.objectContaining({
        code: "store-unavailable",
        message: expect.stringContaining("ignores case"),
      }),
    );
    expect(await readdir(join(folder, "usage/project"))).toEqual([]);
  });
});
