import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ADA, type Scope } from "ada-carbon";
import { sqliteStores } from "ada-carbon/sqlite";
import { marked, sampleHours } from "ada-carbon/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endVictims, type Victim, victimOf } from "../support/victim.js";

/** The scopes of every batch here. All rows of a batch carry its number, so that a mixture shows. */
const SCOPES: readonly Scope[] = [
  ADA,
  { kind: "project", name: "IDAaaS" },
  { kind: "machine", name: "Artemis (Matlab)" },
];
const HOURS = 4000;
const KILLS = 25;
const ALL = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * A process to be killed, of the package as it is built, which starts sooner. It says `ready`, waits for a line, then writes the batches `first`, `first + 1`, ...
 * and says `done`; or with a count of 0 takes the lock and says `locked`.
 */
const WRITER = `
import { sqliteStores } from "${new URL("../../dist/stores/sqlite/index.js", import.meta.url)}";
import { marked, sampleHours } from "${new URL("../../dist/testing/index.js", import.meta.url)}";
const [path, first, count] = [process.argv[1], ...process.argv.slice(2).map(Number)];
const { usage } = sqliteStores(path);
process.stdout.write("ready\\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
if (count === 0) {
  await usage.lock();
  process.stdout.write("locked\\n");
  setInterval(() => {}, 1e6);
} else {
  for (let i = 0; i < count; i++) {
    await usage.replace(${JSON.stringify(SCOPES)}.map((scope) => marked(scope, sampleHours(${HOURS}), first + i)));
  }
  process.stdout.write("done\\n");
  process.exit(0);
}
`;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-sqlite-"));
  path = join(folder, "usage.db");
});
afterEach(async () => {
  await endVictims();
  await rm(folder, { recursive: true });
});

function writer(first: number, count: number): Victim {
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module"];
  return victimOf(spawn(process.execPath, [...flags, "-e", WRITER, path, String(first), String(count)]));
}

/** The batch that is stored, read as the next process would; a mixture, or a damaged file, fails the test. */
async function stored(): Promise<number> {
  const { usage, close } = sqliteStores(path);
  const seen = new Set<number>();
  for (const scope of SCOPES) {
    const series = await usage.read(scope, ALL);
    expect([0, HOURS]).toContain(series.hours.length);
    const values = new Set(series.hours.length === 0 ? [0] : [...series.busyKwh, ...series.idleGco2eq]);
    expect(values.size).toBe(1);
    for (const value of values) seen.add(value);
  }
  await close();
  // Each read is of an instant of its own, but nobody writes here.
  expect(seen.size).toBe(1);
  return [...seen][0] ?? Number.NaN;
}

function integrity(): unknown {
  const db = new DatabaseSync(path);
  const found = db.prepare("PRAGMA integrity_check").get()?.integrity_check;
  db.close();
  return found;
}

describe("a writer killed with SIGKILL", () => {
  it("at twenty-five moments never loses a row or mixes two batches, and the next one goes on", async () => {
    const rehearsal = writer(1, 1);
    await rehearsal.says("ready");
    const begun = performance.now();
    rehearsal.go();
    await rehearsal.gone;
    const batchMs = performance.now() - begun;

    let last = await stored();
    expect(last).toBe(1);
    let spare = writer(1000, 100_000);
    for (let kill = 1; kill <= KILLS; kill++) {
      const victim = spare;
      if (kill < KILLS) spare = writer((kill + 1) * 1000, 100_000);
      await victim.says("ready");
      victim.go();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * batchMs));
      victim.process.kill("SIGKILL");
      await victim.gone;
      expect(victim.process.signalCode).toBe("SIGKILL");
      const now = await stored();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(integrity()).toBe("ok");
    const { usage, close } = sqliteStores(path);
    await usage.replace(SCOPES.map((scope) => marked(scope, sampleHours(HOURS), 1e6)));
    await close();
    expect(await stored()).toBe(1e6);
    expect(last).toBeGreaterThan(1000);
  }, 180_000);

  it("while it holds the lock, leaves it to the next one at once", async () => {
    const holder = writer(0, 0);
    await holder.says("ready");
    holder.go();
    await holder.says("locked");
    const { usage, close } = sqliteStores(path, { lockWaitMs: 0 });
    await expect(usage.lock()).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringContaining(`(process ${holder.process.pid}, since `),
    });
    await expect(usage.replace([marked(ADA, sampleHours(1), 1)])).rejects.toMatchObject({
      code: "store-locked",
    });
    holder.process.kill("SIGKILL");
    await holder.gone;
    const release = await usage.lock();
    await usage.replace([marked(ADA, sampleHours(1), 1)]);
    await release();
    await close();
  });
});

describe("two processes that write at once", () => {
  it("into a file that neither has made yet, take turns; readers see whole batches of either", async () => {
    const writers = [writer(1000, 15), writer(2000, 15)];
    await Promise.all(writers.map((each) => each.says("ready")));
    for (const each of writers) each.go();
    let running = true;
    const done = Promise.all(writers.map((each) => each.gone)).finally(() => {
      running = false;
    });
    const { usage, close } = sqliteStores(path);
    while (running) {
      const series = await usage.read(ADA, ALL);
      expect([0, HOURS]).toContain(series.hours.length);
      expect(new Set(series.busyKwh).size).toBeLessThanOrEqual(1);
    }
    await close();
    expect(await done).toEqual(["ready\ndone\n", "ready\ndone\n"]);
    expect([1014, 2014]).toContain(await stored());
    expect(integrity()).toBe("ok");
  }, 60_000);
});
