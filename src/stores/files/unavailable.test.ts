import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { posix } from "../../../test/support/posix.js";
import { mayMount, mountTmpfs } from "../../../test/support/tmpfs.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";
import { mapBounded, unavailable } from "./io.js";
import { JOURNAL } from "./journal.js";

const ALL = { from: 0, to: 1e6 * HOUR_MS };

function usage(scope: Scope, count: number): UsageSeries {
  const hours = Array.from({ length: count }, (_, i) => (i * HOUR_MS) as FinishedHour);
  const series = emptySeries(scope, hours, { library: "0.1.0", model: null, intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) {
    for (let i = 0; i < count; i++) series[name][i] = Math.random();
  }
  series.status.fill("unprocessed");
  return series;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-unavailable-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** One line, code `store-unavailable`, naming the path and saying why. */
async function expectUnavailable(doing: Promise<unknown>, path: string, why: RegExp): Promise<void> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: "store-unavailable", message: expect.stringContaining(path) });
  expect(error).toHaveProperty("message", expect.stringMatching(why));
  expect(error).toHaveProperty("message", expect.not.stringContaining("\n"));
}

describe("a store that cannot be", () => {
  it("because a file is in the place of its folder", async () => {
    const path = join(folder, "file");
    await writeFile(path, "mine");
    const store = fileUsageStore(path);
    await expectUnavailable(store.read(ADA, ALL), path, /not a folder/);
    await expectUnavailable(store.scopes("project"), path, /not a folder/);
    await expectUnavailable(store.lock(), path, /not a folder/);
    await expectUnavailable(store.replace([usage(ADA, 1)]), path, /not a folder/);
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("because it would be below a file", async () => {
    await writeFile(join(folder, "file"), "mine");
    const path = join(folder, "file", "store");
    const store = fileUsageStore(path);
    await expectUnavailable(store.read(ADA, ALL), path, /not a folder/);
    await expectUnavailable(store.lock(), path, /not a folder/);
    await expectUnavailable(store.replace([usage(ADA, 1)]), path, /not a folder/);
  });

  it("because folders are in the place of its files", async () => {
    const store = fileUsageStore(folder);
    const project: Scope = { kind: "project", name: "IDAaaS" };
    const table = join(folder, "hours/kind=user/month=1970-01/hours.parquet");
    await mkdir(table, { recursive: true });
    const user: Scope = { kind: "user", name: "amara" };
    await expectUnavailable(store.read(user, ALL), table, /EISDIR/);
    await expectUnavailable(store.replace([usage(ADA, 1), usage(user, 1)]), table, /EISDIR/);
    await store.replace([usage({ kind: "project", name: "CDAaaS" }, 1)]);
    await mkdir(store.pathOf(project), { recursive: true });
    await expectUnavailable(
      store.replace([usage(ADA, 1), usage(project, 1)]),
      store.pathOf(project),
      /EISDIR/,
    );
    expect((await store.read(ADA, ALL)).hours).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual([JOURNAL, "hours", "usage"]);
    expect(await readdir(join(folder, "usage"))).toEqual(["project"]);
    expect(await readdir(join(folder, "hours/kind=ada/month=1970-01"))).toEqual([]);
  });
});

describe.runIf(posix("permissions of files"))("permissions", () => {
  const NOBODY = 65_534;
  const asNobody = async (work: () => Promise<void>): Promise<void> => {
    // Nothing is forbidden to root.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(NOBODY);
    try {
      await work();
    } finally {
      if (root) process.seteuid?.(0);
    }
  };

  it("to read alone are enough to read, and writing says what is missing", async () => {
    const store = fileUsageStore(join(folder, "store"));
    await store.replace([usage(ADA, 24)]);
    await chmod(folder, 0o755);
    await chmod(store.folder, 0o555);
    await asNobody(async () => {
      expect((await store.read(ADA, ALL)).hours).toHaveLength(24);
      expect(await store.scopes("ada")).toEqual([ADA]);
      await expectUnavailable(store.replace([usage(ADA, 25)]), store.folder, /permission denied/);
      await expectUnavailable(store.lock(), store.folder, /permission denied/);
    });
    await chmod(store.folder, 0);
    await asNobody(async () => {
      await expectUnavailable(store.read(ADA, ALL), store.folder, /permission denied/);
      await expectUnavailable(store.scopes("project"), store.folder, /permission denied/);
    });
    await chmod(store.folder, 0o755);
  });
});

const mounted = (options: string): string => mountTmpfs(join(folder, "mount"), options);

describe.skipIf(!mayMount())("a disk", () => {
  afterEach(() => execFileSync("umount", [join(folder, "mount")]));

  it("that fills up in the middle of a batch keeps what it had, and no temporaries", async () => {
    const store = fileUsageStore(mounted("size=768k"));
    const scopes = Array.from({ length: 10 }, (_, i): Scope => ({ kind: "project", name: `p${i}` }));
    await store.replace(scopes.map((scope) => usage(scope, 24)));
    const before = await Promise.all(scopes.map((scope) => store.read(scope, ALL)));
    const big = scopes.map((scope) => usage(scope, 8760));
    await expectUnavailable(store.replace(big), store.folder, /disk is full; free some space/);
    expect(await Promise.all(scopes.map((scope) => store.read(scope, ALL)))).toEqual(before);
    expect((await readdir(join(store.folder, "usage/project"))).sort()).toEqual(
      scopes.map((scope) => `${scope.name}.parquet`),
    );
    expect((await readdir(store.folder)).sort()).toEqual([JOURNAL, "hours", "usage"]);
    await store.replace([usage(ADA, 24)]);
  });

  it("that is read-only can be read, and says so when written to", async () => {
    const store = fileUsageStore(mounted("size=1m"));
    await store.replace([usage(ADA, 24)]);
    execFileSync("mount", ["-o", "remount,ro", store.folder]);
    expect((await store.read(ADA, ALL)).hours).toHaveLength(24);
    expect(await store.scopes("ada")).toEqual([ADA]);
    await expectUnavailable(store.replace([usage(ADA, 25)]), store.folder, /read-only/);
    await expectUnavailable(store.lock(), store.folder, /read-only/);
    const elsewhere = fileUsageStore(join(store.folder, "below"));
    await expectUnavailable(elsewhere.lock(), elsewhere.folder, /read-only/);
  });
});

describe("unavailable", () => {
  it.each([
    ["EACCES", /permission denied/],
    ["EPERM", /permission denied/],
    ["EDQUOT", /quota/],
    ["EIO", /the disk or the network file system failed/],
  ])("says what %s means", (code, message) => {
    const cause = Object.assign(new Error(`${code}: i/o error`), { code });
    expect(unavailable("write", "/data", cause)).toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(message),
      cause,
    });
  });
});

describe("mapBounded", () => {
  it("keeps the order and the bound, and begins nothing more after a failure", async () => {
    let open = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
      open--;
      return item * 2;
    };
    const items = Array.from({ length: 30 }, (_, i) => i);
    expect(await mapBounded(items, 4, work)).toEqual(items.map((item) => item * 2));
    expect(most).toBe(4);

    const begun: number[] = [];
    const fail = async (item: number): Promise<void> => {
      begun.push(item);
      await work(item);
      if (item === 5) throw new Error("five");
    };
    await expect(mapBounded(items, 4, fail)).rejects.toThrow("five");
    expect(open).toBe(0);
    expect(begun.length).toBeLessThan(12);
  });
});
