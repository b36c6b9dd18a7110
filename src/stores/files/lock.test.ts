import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";
import { acquire, LOCK } from "./lock.js";
import { ownerPath, readOwner, thisMachine } from "./lock-owner.js";

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

/** A lock as another process or machine would have left it. */
async function foreignLock(pid: number, machine: string, ageMs: number): Promise<void> {
  await mkdir(lock);
  const since = Date.now() - ageMs;
  await writeFile(ownerPath(lock), JSON.stringify({ token: "theirs", pid, machine, since }));
  await utimes(lock, since / 1000, since / 1000);
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? Number.NaN;
}

describe("lock", () => {
  it("is refused at once to everybody else, saying who has it and what to do", async () => {
    const release = await fileUsageStore(folder).lock();
    const started = Date.now();
    const refused = fileUsageStore(folder).lock();
    await expect(refused).rejects.toEqual(locked);
    await expect(refused).rejects.toThrow(
      new RegExp(
        `another run is writing to ${folder} \\(process ${process.pid}, since .*wait.*remove ${lock}`,
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

describe("a lock left behind", () => {
  it("by a killed process of this machine is taken over at once", async () => {
    await foreignLock(await pidOfTheDead(), thisMachine(), 0);
    await (await fileUsageStore(folder).lock())();
    expect(await readdir(folder)).toEqual([]);
  });

  it("by one of many who come at the same time is taken over by one", async () => {
    await foreignLock(await pidOfTheDead(), thisMachine(), 0);
    const tries = Array.from({ length: 20 }, () => acquire(folder, { staleMs: 15_000 }));
    const outcomes = await Promise.allSettled(tries);
    const got = outcomes.filter((outcome) => outcome.status === "fulfilled");
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "store-locked" });
    }
    expect(got).toHaveLength(1);
    await got[0]?.value.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it("by another machine is respected while it is renewed, and taken over when it is stale", async () => {
    await foreignLock(1, "another machine", 5000);
    await expect(fileUsageStore(folder).lock()).rejects.toEqual(locked);
    await (await fileUsageStore(folder, { staleMs: 4000 }).lock())();
  });

  it("without saying by whom, as after a power cut, is taken over when it is stale", async () => {
    await mkdir(lock);
    await writeFile(ownerPath(lock), "");
    await expect(fileUsageStore(folder).lock()).rejects.toEqual(locked);
    await utimes(lock, 1, 1);
    await (await fileUsageStore(folder).lock())();
    expect(await readdir(folder)).toEqual([]);
  });

  it("by a live process of this machine is respected", async () => {
    await foreignLock(process.ppid, thisMachine(), 0);
    await expect(fileUsageStore(folder).lock()).rejects.toEqual(locked);
  });

  it("half made is swept away by the next holder", async () => {
    const uuid = "0b7a4f5e-0000-4000-8000-000000000000";
    await mkdir(`${lock}.${thisMachine()}-${await pidOfTheDead()}-${uuid}`);
    const old = `${lock}.0123456789ab-1-${uuid}`;
    await mkdir(old);
    await utimes(old, 1, 1);
    await (await fileUsageStore(folder).lock())();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a lock that was lost", () => {
  it("stops the writer before it changes anything, and surfaces when it is given back", async () => {
    const store = fileUsageStore(folder);
    const release = await store.lock();
    await store.replace([oneHour(1)]);
    await rm(lock, { recursive: true });
    await foreignLock(process.ppid, thisMachine(), 0);
    await expect(store.replace([oneHour(2)])).rejects.toThrow(/lost the lock on .* to another run/);
    expect((await store.read(ADA, ALL)).hours).toHaveLength(1);
    await expect(release()).rejects.toEqual(expect.objectContaining({ code: "store-locked" }));
    expect((await readOwner(lock))?.token).toBe("theirs");
  });

  it("is noticed by the timer too, without bringing the process down", async () => {
    const held = await acquire(folder, { staleMs: 4000 });
    await rm(lock, { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await expect(held.assertHeld()).rejects.toMatchObject({
      code: "store-locked",
      cause: { code: "ECOMPROMISED" },
    });
    await expect(held.release()).rejects.toMatchObject({ code: "store-locked" });
    expect(existsSync(lock)).toBe(false);
  });

  it("is kept by renewing it", async () => {
    const held = await acquire(folder, { staleMs: 4000 });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await expect(acquire(folder, { staleMs: 2000 })).rejects.toEqual(locked);
    await held.release();
  });
});
