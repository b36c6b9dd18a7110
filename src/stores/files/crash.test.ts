import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { posix } from "../../../test/support/posix.js";
import { endVictims, type Victim, victimOf } from "../../../test/support/victim.js";
import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { emptySeries, type UsageSeries } from "../../usage/series.js";
import { fileUsageStore } from "./index.js";

/** The scopes of every batch here. All rows of a batch carry its number, so that a mixture shows. */
const SCOPES: readonly Scope[] = [
  ADA,
  { kind: "project", name: "IDAaaS" },
  { kind: "machine", name: "Artemis (Matlab)" },
];
const HOURS = 48;
/** `npm run torture` makes a thousand; here every step of a write is one by itself, above. */
const KILLS = 40;
const ALL = { from: 0, to: HOURS * HOUR_MS };

/**
 * A writer to be killed. It says `ready`, waits for a line, and writes the batches `first`, `first + 1`, ...;
 * after the first it says `stored`.
 * With `fatalStep` it kills itself before its n-th change to the file system.
 */
const WRITER = `
import { syncBuiltinESMExports } from "node:module";
import fsp from "node:fs/promises";
import { fileUsageStore } from "INDEX";
import { emptySeries } from "SERIES";
const [folder, first, count, fatalStep] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const scopes = SCOPES_JSON;
const batch = (value) => scopes.map((scope) => {
  const hours = Array.from({ length: HOURS_N }, (_, i) => i * 3600000);
  const series = emptySeries(scope, hours, { library: "0.1.0", model: null, intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"]) series[name].fill(value);
  series.status.fill("unprocessed");
  return series;
});
process.stdout.write("ready\\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
let steps = 0;
if (fatalStep > 0) {
  for (const name of ["open", "rename", "rm", "mkdir", "writeFile"]) {
    const real = fsp[name];
    fsp[name] = (...given) => {
      if (++steps === fatalStep) process.kill(process.pid, "SIGKILL");
      return real(...given);
    };
  }
  syncBuiltinESMExports();
}
const store = fileUsageStore(folder);
const begun = performance.now();
for (let i = 0; i < count; i++) {
  await store.replace(batch(first + i));
  if (i === 0) process.stdout.write("stored\\n");
}
process.stdout.write("steps " + steps + " in " + (performance.now() - begun) + " ms\\n");
process.exit(0);
`;

/** What the bundled CommonJS packages expect to be there. */
const COMMONJS = `
import { createRequire as makeRequire } from "node:module";
import { fileURLToPath as toPath } from "node:url";
const require = makeRequire(import.meta.url), __dirname = toPath(new URL(".", import.meta.url));`;

let bundle: string;
let folder: string;
beforeAll(async () => {
  // Inside node_modules, so that the bundle finds the dependencies that it leaves out.
  const cache = fileURLToPath(new URL("../../../node_modules/.cache/", import.meta.url));
  await mkdir(cache, { recursive: true });
  bundle = await mkdtemp(join(cache, "ada-carbon-writer-"));
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const source = WRITER.replace("INDEX", here("./index.ts"))
    .replace("SERIES", here("../../usage/series.ts"))
    .replace("SCOPES_JSON", JSON.stringify(SCOPES))
    .replace("HOURS_N", String(HOURS));
  await writeFile(join(bundle, "entry.ts"), source);
  await build({
    entry: { writer: join(bundle, "entry.ts") },
    outDir: bundle,
    format: "esm",
    platform: "node",
    target: "node22",
    config: false,
    silent: true,
    removeNodeProtocol: false,
    // One small file starts in half the time of some hundred modules, and 80 are started.
    noExternal: [/.*/],
    minify: true,
    banner: { js: COMMONJS },
    outExtension: () => ({ js: ".mjs" }),
  });
  const wasm = createRequire(import.meta.url).resolve("parquet-wasm/node/parquet_wasm_bg.wasm");
  await copyFile(wasm, join(bundle, "parquet_wasm_bg.wasm"));
});
afterAll(() => rm(bundle, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ada-carbon-crash-"));
});
afterEach(async () => {
  await endVictims();
  await rm(folder, { recursive: true });
});

function writer(...given: readonly (string | number)[]): Victim {
  return victimOf(
    // Node 22 warns that its SQLite, which the lock is made of, is an experiment.
    spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(bundle, "writer.mjs"), ...given.map(String)],
      { env: { ...process.env, NODE_COMPILE_CACHE: join(bundle, "compiled") } },
    ),
  );
}

function batch(value: number, hours: number = HOURS): UsageSeries[] {
  return SCOPES.map((scope) => {
    const grid = Array.from({ length: hours }, (_, i) => (i * HOUR_MS) as FinishedHour);
    const series = emptySeries(scope, grid, { library: "0.1.0", model: null, intensity: null });
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) {
      series[name].fill(value);
    }
    series.status.fill("unprocessed");
    return series;
  });
}

/** The batch that each scope's rows are of; a scope that mixes two, or lacks hours, fails the test. */
async function batchesStored(root: string): Promise<(number | undefined)[]> {
  const store = fileUsageStore(root);
  return Promise.all(
    SCOPES.map(async (scope) => {
      const series = await store.read(scope, ALL);
      const values = new Set(series.busyKwh);
      expect(values.size).toBeLessThanOrEqual(1);
      if (values.size === 1) expect(series.hours).toHaveLength(HOURS);
      return [...values][0];
    }),
  );
}

/** What the next write makes of what a crash left: recovery, and a scope of its own. */
async function nextWrite(root: string): Promise<void> {
  const [other] = batch(1, 1);
  if (other === undefined) return;
  await fileUsageStore(root).replace([{ ...other, scope: { kind: "user", name: "next" } }]);
}

async function leftovers(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => /(^|\/)\.(?!ada-carbon\.(lock|journal)$)/.test(path));
}

/** All scopes of one batch, and no trace of the crash. */
async function expectWhole(root: string): Promise<number | undefined> {
  const stored = await batchesStored(root);
  expect(new Set(stored).size).toBe(1);
  expect(await leftovers(root)).toEqual([]);
  return stored[0];
}

const canKillItself = posix("a signal by which a process ends itself");
describe.runIf(canKillItself)("a writer killed while it replaces several scopes", () => {
  it("at any step leaves all of the old or, after the next write, all of the new", async () => {
    const rehearsal = join(folder, "rehearsal");
    await fileUsageStore(rehearsal).replace(batch(1));
    const whole = writer(rehearsal, 2, 1, 1e9);
    whole.go();
    const steps = Number(/steps (\d+)/.exec(await whole.gone)?.[1]);
    expect(steps).toBeGreaterThan(15);

    const seen = new Set<number | undefined>();
    const killAt = async (step: number): Promise<void> => {
      const root = join(folder, `step-${step}`);
      await fileUsageStore(root).replace(batch(1));
      const victim = writer(root, 2, 1, step);
      victim.go();
      expect(await victim.gone).not.toContain("steps");
      expect(victim.process.signalCode).toBe("SIGKILL");
      await batchesStored(root);
      await nextWrite(root);
      seen.add(await expectWhole(root));
    };
    for (let step = 1; step <= steps; step += 3) {
      await Promise.all([step, step + 1, step + 2].filter((each) => each <= steps).map(killAt));
    }
    expect(seen).toEqual(new Set([1, 2]));
  }, 180_000);

  it("at forty random moments never loses a row or mixes two batches", async () => {
    const rehearsal = writer(join(folder, "rehearsal"), 1, 1, 0);
    await rehearsal.says("ready");
    rehearsal.go();
    const batchMs = Number(/in (\S+) ms/.exec(await rehearsal.gone)?.[1]);
    const root = join(folder, "store");

    // The next ones start while this one writes.
    const victims = [1, 2].map((kill) => writer(root, kill * 1000, 100_000, 0));
    let last = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const victim = victims.shift();
      if (victim === undefined) break;
      if (kill + 2 <= KILLS) victims.push(writer(root, (kill + 2) * 1000, 100_000, 0));
      await victim.says("ready");
      victim.go();
      // Any moment of the first batch, or of those after it, however fast this machine is just now.
      if (kill % 2 === 0) await victim.says("stored");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * batchMs));
      victim.process.kill("SIGKILL");
      await victim.gone;
      expect(victim.process.signalCode).toBe("SIGKILL");
      await batchesStored(root);
      await nextWrite(root);
      const now = (await expectWhole(root)) ?? 0;
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(last).toBeGreaterThanOrEqual(KILLS * 1000);
  }, 180_000);
});

describe("two processes that write at once", () => {
  it("take turns, and readers see whole batches of either", async () => {
    const writers = [writer(folder, 1000, 15, 0), writer(folder, 2000, 15, 0)];
    await Promise.all(writers.map((each) => each.says("ready")));
    for (const each of writers) each.go();
    let running = true;
    const done = Promise.all(writers.map((each) => each.gone)).finally(() => {
      running = false;
    });
    while (running) await batchesStored(folder);
    for (const printed of await done) expect(printed).toMatch(/^ready\nstored\nsteps 0 in \S+ ms\n$/);
    expect([1014, 2014]).toContain(await expectWhole(folder));
  }, 60_000);
});
