import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
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
import { encodeUsage } from "../../timeseries/parquet/index.js";
import { HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { fileUsageStore } from "./index.js";

// What is refused, or brought to an end, of what lies in a folder of usage.

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
