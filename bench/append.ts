import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HOUR_MS, type HostProvenance, type Provenance, type Scope, type UsageSeries } from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { sqliteStores } from "ada-carbon/sqlite";
import { MACHINE, machineText } from "./machine.ts";
import { rowsOf, type Scale, scopesOf } from "./year.ts";

const USAGE = `usage: npm run bench -- append [--json] [--hosts N] [--months N] [--appends N] [--only files,sqlite]

Appends single hours of every scope (244 and the hosts, 1,000 of them) to the end of a year: how long that takes and how
many bytes of files it writes, in a folder of tables and in SQLite. Then reads the year of one user.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hosts: { type: "string", default: "1000" },
    months: { type: "string", default: "12" },
    appends: { type: "string", default: "5" },
    only: { type: "string", default: "files,sqlite" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const YEAR_HOURS = 8760;
const appends = Number(values.appends);
const scale: Scale = { projects: 3, machines: 40, users: 200, hours: YEAR_HOURS };
const hosts = Array.from(
  { length: Number(values.hosts) },
  (_, i): Scope => ({ kind: "host", name: `host-172-16-${i >> 8}-${i & 255}.nubes.stfc.ac.uk:9100` }),
);
const scopes = [...hosts, ...scopesOf(scale)];
const user = scopes.find(({ kind }) => kind === "user") ?? scopes[0];

/** Rows of a scope; those of a host also know whose it was. */
function rows(scope: Scope, index: number, first: number, count: number): UsageSeries {
  const series = rowsOf(scope, index, first, count);
  if (scope.kind !== "host") return series;
  const host = hostOf(index);
  const known = new Map<Provenance, Provenance>();
  const provenance = series.provenance.map((each) => {
    const same = known.get(each) ?? { ...each, host };
    known.set(each, same);
    return same;
  });
  return { ...series, provenance };
}

function hostOf(index: number): HostProvenance {
  const owner = {
    project: `project ${index % 3}`,
    machine: `machine ${index % 40}`,
    user: `user ${index % 200}`,
  };
  const shares = { group: `group ${index % 9}`, experiment: "unattributed", busyShare: 1, idleShare: 1 };
  return { ...owner, expectedCpuSeconds: 86_400, up: null, by: "labels", owners: [{ ...owner, ...shares }] };
}

const OPENERS = {
  files: (folder: string) => ({ usage: fileUsageStore(folder), migrate: async () => {} }),
  sqlite: (folder: string) => sqliteStores(join(folder, "usage.db")),
};

type StoreName = keyof typeof OPENERS;

interface Result {
  readonly store: StoreName;
  readonly loadMs: number;
  readonly appendMs: number[];
  /** CPU time of this process, of all its threads. */
  readonly appendCpuMs: number[];
  readonly appendBytes: number[];
  readonly readMs: number[];
}

/** A store with the year in it, but for the hours that are appended. */
async function loaded(store: StoreName): Promise<{
  readonly result: Result;
  append(turn: number): Promise<void>;
  read(): Promise<void>;
  end(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "ada-carbon-bench-append-"));
  const { usage, migrate } = OPENERS[store](folder);
  await migrate();
  const begun = performance.now();
  for (const { first, count } of monthsToLoad()) {
    // Hosts in parts: a month of all of them as objects is more than a run ever holds.
    for (let i = 0; i < scopes.length; i += 622) {
      await usage.replace(scopes.slice(i, i + 622).map((scope, k) => rows(scope, i + k, first, count)));
    }
  }
  const loadMs = performance.now() - begun;
  const result: Result = { store, loadMs, appendMs: [], appendCpuMs: [], appendBytes: [], readMs: [] };
  return {
    result,
    async append(turn) {
      const batch = scopes.map((scope, i) => rows(scope, i, YEAR_HOURS - appends + turn, 1));
      const before = await filesIn(folder);
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      await usage.replace(batch);
      result.appendMs.push(performance.now() - start);
      const { user: inUser, system } = process.cpuUsage(cpu);
      result.appendCpuMs.push((inUser + system) / 1000);
      result.appendBytes.push(newBytes(before, await filesIn(folder)));
    },
    async read() {
      if (user === undefined) return;
      const start = performance.now();
      await usage.read(user, { from: 0, to: Number.MAX_SAFE_INTEGER });
      result.readMs.push(performance.now() - start);
    },
    async end() {
      await usage.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The last months of the year, without the hours that are appended. */
function monthsToLoad(): { first: number; count: number }[] {
  const hour = (month: number): number => (Date.UTC(2025, month) - Date.UTC(2025, 0)) / HOUR_MS;
  const first = 12 - Number(values.months);
  return Array.from({ length: 12 - first }, (_, k) => {
    const [from, to] = [hour(first + k), Math.min(hour(first + k + 1), YEAR_HOURS - appends)];
    return { first: from, count: to - from };
  });
}

/** The size of each file, and what tells it from another one in its place. */
async function filesIn(folder: string): Promise<Map<string, { stamp: string; size: number }>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => {
    const { ino, mtimeMs, size } = await stat(path);
    return [path, { stamp: `${ino} ${mtimeMs}`, size }] as const;
  });
  return new Map(await Promise.all(files));
}

/** Bytes of files that were replaced, and by which the others grew: what a database overwrites is not seen. */
function newBytes(
  before: Awaited<ReturnType<typeof filesIn>>,
  after: Awaited<ReturnType<typeof filesIn>>,
): number {
  let bytes = 0;
  for (const [path, { stamp, size }] of after) {
    const old = before.get(path);
    const replaced = old === undefined || old.stamp.split(" ")[0] !== stamp.split(" ")[0];
    bytes += replaced ? size : Math.max(size - old.size, 0);
  }
  return bytes;
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
}

const wanted = values.only.split(",");
const names = wanted.filter((name): name is StoreName => Object.hasOwn(OPENERS, name));
if (names.length < wanted.length) {
  console.error(USAGE);
  process.exit(2);
}
const stores: Awaited<ReturnType<typeof loaded>>[] = [];
for (const name of names) stores.push(await loaded(name));
// Turn by turn, so that a machine that is slow for a while is slow for all of them.
for (let turn = 0; turn < appends; turn++) for (const store of stores) await store.append(turn);
for (let turn = 0; turn < 5; turn++) for (const store of stores) await store.read();
const results = stores.map(({ result }) => result);
for (const store of stores) await store.end();
const peakMb = process.resourceUsage().maxRSS / 1024;
const head = { machine: MACHINE, scopes: scopes.length, months: Number(values.months) };
if (values.json) console.log(JSON.stringify({ ...head, results, peakMb }, null, 2));
else {
  console.log(`${machineText()}; ${scopes.length} scopes, ${values.months} months; medians of ${appends}`);
  for (const { store, loadMs, appendMs, appendCpuMs, appendBytes, readMs } of results) {
    const [seconds, megabytes] = [median(appendMs) / 1000, median(appendBytes) / 1e6];
    const cpuSeconds = median(appendCpuMs) / 1000;
    console.log(
      `${store.padEnd(7)} an hour appended in ${seconds.toFixed(3)} s (CPU time ${cpuSeconds.toFixed(3)} s), ${megabytes.toFixed(1)} MB of files written; a user's year read in ${median(readMs).toFixed(0)} ms; loaded in ${(loadMs / 1000).toFixed(0)} s`,
    );
  }
  console.log(`peak of this process ${peakMb.toFixed(0)} MB`);
}
