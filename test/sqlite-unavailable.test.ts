import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, type Scope } from "ada-carbon";
import { type SqliteStores, sqliteStores } from "ada-carbon/sqlite";
import { marked, sampleAverages, sampleHours, sampleSeries } from "ada-carbon/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mayMount, mountTmpfs } from "./support/tmpfs.js";

const ALL = { from: 0, to: Number.POSITIVE_INFINITY };
const ROWS = sampleSeries(ADA, 24, 1);

let folder: string;
const opened: SqliteStores[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-sqlite-"));
  await chmod(folder, 0o755);
});
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.close();
  await rm(folder, { recursive: true });
});

function open(path: string): SqliteStores {
  const stores = sqliteStores(path);
  opened.push(stores);
  return stores;
}

async function expectUnavailable(call: Promise<unknown>, message: RegExp): Promise<void> {
  await expect(call).rejects.toMatchObject({
    code: "store-unavailable",
    message: expect.stringMatching(message),
    cause: expect.any(Error),
  });
}

const NOBODY = 65_534;

/** Nothing is forbidden to root. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

/** Made, written to and closed by somebody who may. */
async function prepared(path: string): Promise<void> {
  const stores = sqliteStores(path);
  await stores.usage.replace([ROWS]);
  await stores.averages.put([sampleAverages("a", 1)]);
  await stores.close();
}

describe("permission", () => {
  it("to read alone is enough to read, and writing says what is missing", async () => {
    const path = join(folder, "usage.db");
    await prepared(path);
    await chmod(path, 0o444);
    await chmod(folder, 0o555);
    await asNobody(async () => {
      const { usage, averages, close } = open(path);
      expect(await usage.read(ADA, ALL)).toEqual(ROWS);
      expect(await usage.scopes("ada")).toEqual([ADA]);
      expect(await averages.list()).toEqual(["a"]);
      await expectUnavailable(usage.replace([ROWS]), /give this user access|may write there/);
      await expectUnavailable(
        averages.put([sampleAverages("a", 2)]),
        /give this user access|may write there/,
      );
      await expectUnavailable(usage.lock(), /give this user access|may write there/);
      expect(await usage.read(ADA, ALL)).toEqual(ROWS);
      await close();
    });
    await chmod(folder, 0o755);
    expect((await readdir(folder)).sort()).toEqual(["usage.db"]);
  });

  it("to see nothing is store-unavailable, not an empty store", async () => {
    const path = join(folder, "usage.db");
    await prepared(path);
    await chmod(path, 0);
    await asNobody(async () => {
      const { usage } = open(path);
      await expectUnavailable(usage.read(ADA, ALL), /usage\.db/);
    });
    await chmod(folder, 0);
    await asNobody(async () => {
      const { usage } = open(path);
      await expectUnavailable(usage.read(ADA, ALL), /usage\.db/);
    });
    await chmod(folder, 0o755);
  });
});

const mounted = (options: string): string => mountTmpfs(join(folder, "mount"), options);

describe.skipIf(!mayMount())("a disk", () => {
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
    execFileSync("umount", [join(folder, "mount")]);
  });

  it("that fills up in the middle of a batch keeps what it had, and goes on once there is space", async () => {
    const mount = mounted("size=2m");
    const { usage } = open(join(mount, "usage.db"));
    const scopes = Array.from({ length: 10 }, (_, i): Scope => ({ kind: "project", name: `p${i}` }));
    const small = scopes.map((scope) => marked(scope, sampleHours(24), 1));
    await usage.replace(small);
    const big = scopes.map((scope) => marked(scope, sampleHours(8760), 2));
    for (let again = 0; again < 2; again++) {
      await expectUnavailable(usage.replace(big), /usage\.db: the disk is full; free some space/);
      for (const series of small) expect(await usage.read(series.scope, ALL)).toEqual(series);
    }
    execFileSync("mount", ["-o", "remount,size=64m", mount]);
    await usage.replace(big);
    for (const series of big) expect(await usage.read(series.scope, ALL)).toEqual(series);
  });

  it("that is read-only can be read, and says so when written to", async () => {
    const mount = mounted("size=4m");
    const path = join(mount, "usage.db");
    await prepared(path);
    execFileSync("mount", ["-o", "remount,ro", mount]);
    const { usage, averages } = open(path);
    expect(await usage.read(ADA, ALL)).toEqual(ROWS);
    await expectUnavailable(usage.replace([ROWS]), /read-only|may write there/);
    await expectUnavailable(averages.put([sampleAverages("a", 2)]), /read-only|may write there/);
    await expectUnavailable(usage.lock(), /read-only|may write there/);
    const elsewhere = open(join(mount, "other.db"));
    await expectUnavailable(elsewhere.usage.replace([ROWS]), /other\.db/);
  });
});
