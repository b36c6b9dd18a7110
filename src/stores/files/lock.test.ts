import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { posix } from "../../../test/support/posix.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";
import { LOCK, lockFolder } from "./lock.js";

const ALL = { from: 0, to: 1000 * HOUR_MS };

function oneHour(hour: number): UsageSeries {
  const nothing = { library: "0.1.0", model: null, intensity: null };
  return emptySeries(ADA, [(hour * HOUR_MS) as FinishedHour], nothing);
}

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-lock-"));
  lock = join(folder, LOCK);
});
afterEach(() => rm(folder, { recursive: true }));

const locked = expect.objectContaining({
  code: "store-locked",
  message: expect.stringMatching(/another run is writing to .*; wait/),
});

describe("lock", () => {
  it("is refused at once to everybody else, saying who has it and what to do", async () => {
    const release = await fileUsageStore(folder).lock();
    const started = Date.now();
    const refused = fileUsageStore(folder).lock();
    await expect(refused).rejects.toEqual(locked);
    await expect(refused).rejects.toThrow(
      new RegExp(
        `another run is writing to ${folder} \\(process ${process.pid}, since 2.*Z\\); wait until it has finished`,
      ),
    );
    expect(Date.now() - started).toBeLessThan(1000);
    await release();
    await release();
    await (await fileUsageStore(folder).lock())();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is used by the store that holds it, and keeps out one that does not", async () => {
    const holder = fileUsageStore(folder);
    const other = fileUsageStore(folder, { lockWaitMs: 200 });
    const release = await holder.lock();
    await holder.replace([oneHour(1)]);
    await holder.replace([oneHour(2)]);
    await expect(other.replace([oneHour(3)])).rejects.toEqual(locked);
    expect((await other.read(ADA, ALL)).hours).toHaveLength(2);
    await release();
    await other.replace([oneHour(3)]);
    expect((await holder.read(ADA, ALL)).hours).toHaveLength(3);
  });

  it("is waited for by replace, for a while", async () => {
    const release = await fileUsageStore(folder).lock();
    const written = fileUsageStore(folder).replace([oneHour(1)]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await release();
    await written;
    const held = await fileUsageStore(folder).lock();
    const signal = AbortSignal.timeout(100);
    await expect(fileUsageStore(folder).replace([oneHour(2)], { signal })).rejects.toThrow(/timeout/);
    await held();
  });
});

/** Another process that holds the lock, as a run does, until it is ended. */
async function holder(since = 0): Promise<ChildProcess> {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1]);
    db.exec("CREATE TABLE IF NOT EXISTS run (pid INTEGER, machine TEXT, since INTEGER)");
    db.prepare("INSERT INTO run VALUES (?, ?, ?)").run(process.pid, process.argv[2], Number(process.argv[3]));
    db.exec("BEGIN IMMEDIATE");
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", program, lock, "node-7.example", String(since)]);
  await once(child.stdout, "data");
  return child;
}

describe("a lock of another process", () => {
  it("is respected as long as that lives, however long, and says on which machine it runs", async () => {
    const child = await holder();
    await expect(fileUsageStore(folder).lock()).rejects.toThrow(
      `another run is writing to ${folder} (process ${child.pid} on node-7.example, since 1970-01-01T00:00:00Z); wait`,
    );
    await expect(fileUsageStore(folder, { lockWaitMs: 100 }).replace([oneHour(1)])).rejects.toEqual(locked);
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it.each([
    ["years behind", Date.UTC(1999, 0, 1), "since 1999-01-01T00:00:00Z\\);"],
    [
      "years ahead",
      Date.UTC(2099, 0, 1),
      "since 2099-01-01T00:00:00Z, by a clock that is ahead of this one\\);",
    ],
  ])(
    "of a machine whose clock is %s is kept while that lives, and free when it is gone",
    async (_, since, said) => {
      const child = await holder(since);
      await expect(fileUsageStore(folder).lock()).rejects.toThrow(new RegExp(said));
      child.kill("SIGKILL");
      await once(child, "exit");
      await (await fileUsageStore(folder).lock())();
    },
  );

  it("that is killed is free at once", async () => {
    const child = await holder();
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await fileUsageStore(folder).lock())();
  });

  it.runIf(posix("SIGSTOP"))("that is stopped, as in a debugger, is not taken away from it", async () => {
    const child = await holder();
    child.kill("SIGSTOP");
    await expect(fileUsageStore(folder).lock()).rejects.toEqual(locked);
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});

describe("the lock file", () => {
  it("can be taken by one of many who come at the same time", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => fileUsageStore(folder).lock()),
    );
    const got = outcomes.filter((outcome) => outcome.status === "fulfilled");
    for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toEqual(locked);
    expect(got).toHaveLength(1);
    await got[0]?.value();
  });

  it("is taken again and again by many, never by two at once", async () => {
    let holders = 0;
    const work = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        const release = await lockFolder(folder, 30_000);
        holders++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(holders).toBe(1);
        holders--;
        release();
      }
    };
    await Promise.all([work(), work(), work()]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.runIf(posix("permissions of files"))("may be written by whoever may write in the folder", async () => {
    await chmod(folder, 0o775);
    const release = await fileUsageStore(folder).lock();
    expect((await stat(lock)).mode & 0o777).toBe(0o664);
    await release();
  });

  it("that is something else is named", async () => {
    await writeFile(lock, "mine, and longer than a page of SQLite ".repeat(200));
    await expect(fileUsageStore(folder).lock()).rejects.toMatchObject({
      code: "store-unavailable",
      message: `cannot lock ${folder}: file is not a database`,
    });
  });

  it("says who holds it, for how long, and on which machine", async () => {
    const release = await fileUsageStore(folder).lock();
    const db = new DatabaseSync(lock);
    const { pid, machine, since } = db.prepare("SELECT * FROM run").get() ?? {};
    db.close();
    expect({ pid, machine }).toEqual({ pid: process.pid, machine: hostname() });
    expect(Math.abs(Date.now() - Number(since))).toBeLessThan(60_000);
    await release();
  });
});
