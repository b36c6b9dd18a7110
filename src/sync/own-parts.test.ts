import { describe, expect, it } from "vitest";
import { parseBasis } from "../intensity/parse-basis.js";
import type { IntensitySource } from "../intensity/port.js";
import type { PowerModel } from "../power/model.js";
import { UsageReader } from "../reports/usage-reader.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { CpuHours, CpuSource } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { ADA_MODES } from "../usage/modes.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { ADA } from "../usage/scope.js";
import { emptySeries } from "../usage/series.js";
import type { SyncReport } from "./events.js";
import { forget } from "./forget.js";
import { prune } from "./prune.js";
import { restate } from "./restate-interval.js";
import { runSync } from "./sync.js";

// What parts of a host application's own may answer wrongly. Each is refused in a line that says which part, what it gave
// and what it must be; none becomes a number.

const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 3 * HOUR_MS };

const cpu: CpuSource = {
  where: "our table",
  projects: async () => ["P"],
  async *cpuHours({ hours }) {
    yield batch(hours);
  },
};

function batch(hours: CpuHours["hours"]): CpuHours {
  const hosts = ["a", "b"].map((instance) => ({ instance, project: "P", machine: "Big", user: null }));
  const of = (value: number): Float64Array => new Float64Array(hosts.length * hours.length).fill(value);
  return {
    ...{ hours, hosts, busyCpuSeconds: of(1800), idleCpuSeconds: of(5400) },
    ...{ observedCpuSeconds: of(7200), expectedCpuSeconds: of(7200) },
    ...{ upFrom: of(Number.NaN), upTo: of(Number.NaN) },
    ...{ answered: hours.map(() => true), warnings: [], findings: [] },
  };
}

const power: PowerModel = {
  ...{ id: "own/1", modes: ADA_MODES },
  energy: ({ busyCpuSeconds, idleCpuSeconds }) => ({
    busyKwh: busyCpuSeconds / 1e6,
    idleKwh: idleCpuSeconds / 1e7,
  }),
};

const intensity: IntensitySource = {
  ...{ id: "own-grid", hasActual: true },
  periods: async ({ from, to }) => [{ from, to, gco2eqPerKwh: 100, kind: "actual", fetchedAt: 0 }],
};

/** A run with parts that the types would not let through. */
function run(parts: object): Promise<SyncReport> {
  return runSync({ cpu, power, intensity, store: memoryUsageStore(), interval: INTERVAL, ...parts });
}

function yielding(change: (batch: CpuHours) => unknown): object {
  return {
    cpu: {
      ...cpu,
      async *cpuHours({ hours }: { hours: CpuHours["hours"] }) {
        yield change(batch(hours));
      },
    },
  };
}

const gives = (energy: unknown): object => ({ power: { ...power, energy: () => energy } });
const saying = (period: unknown): object => ({
  intensity: {
    ...intensity,
    periods: async ({ from, to }: { from: number; to: number }) => [
      { from, to, gco2eqPerKwh: 100, kind: "actual", fetchedAt: 0, ...(period as object) },
    ],
  },
});

describe("parts of one's own", () => {
  it("that answer rightly are taken", async () => {
    expect((await run({})).statuses.processed).toBe(3);
  });

  const TABLE: readonly [what: string, parts: object, message: RegExp][] = [
    [
      "no batch",
      yielding(() => undefined),
      /^cpuHours of our table: a batch is missing; it must be an object/,
    ],
    [
      "a short matrix",
      yielding((b) => ({ ...b, busyCpuSeconds: b.busyCpuSeconds.slice(1) })),
      /busyCpuSeconds is a Float64Array; it must be a Float64Array of 6, 2 hosts by 3 hours$/,
    ],
    [
      "a list for a matrix",
      yielding((b) => ({ ...b, idleCpuSeconds: [...b.idleCpuSeconds] })),
      /idleCpuSeconds is a list of 6; it must be a Float64Array of 6/,
    ],
    [
      "CPU-seconds below zero",
      yielding((b) => ({ ...b, busyCpuSeconds: b.busyCpuSeconds.with(4, -1) })),
      /^cpuHours of our table: busyCpuSeconds of "b" at 2025-09-10T01:00:00Z is -1; it must be at least 0 and finite, or NaN where it is not known$/,
    ],
    [
      "endless CPU-seconds",
      yielding((b) => ({ ...b, idleCpuSeconds: b.idleCpuSeconds.with(0, Number.POSITIVE_INFINITY) })),
      /^cpuHours of our table: idleCpuSeconds of "a" at 2025-09-10T00:00:00Z is Infinity; it must be/,
    ],
    ["no times", yielding(({ upFrom, ...b }) => b), /upFrom is missing; it must be a Float64Array of 6/],
    [
      "not whether it answered",
      yielding(({ answered, ...b }) => b),
      /answered is missing; it must be a list of 3, true or false for each hour/,
    ],
    [
      "one answer for all",
      yielding((b) => ({ ...b, answered: [true] })),
      /answered is a list of 1; it must be a list of 3/,
    ],
    [
      "no findings",
      yielding(({ findings, ...b }) => b),
      /findings is missing; it must be a list of objects with kind, message/,
    ],
    ["no hosts", yielding(({ hosts, ...b }) => b), /hosts is missing; it must be a list of hosts/],
    [
      "hosts without a machine",
      yielding((b) => ({ ...b, hosts: b.hosts.map(({ machine, ...host }) => host) })),
      /hosts is a list of 2; it must be a list of hosts with instance, project, machine and user/,
    ],
    [
      "hours in seconds",
      yielding((b) => ({ ...b, hours: b.hours.map((hour) => hour / 1000) })),
      /the hour 1970-.* was not asked for/,
    ],
    [
      "a gap without an error",
      yielding(({ hours }) => ({ hours, error: "late" })),
      /error is "late"; it must be an Error/,
    ],
    [
      "nothing of the hours",
      { cpu: { ...cpu, async *cpuHours() {} } },
      /^cpuHours of our table said nothing of 2025-09-10T00:00:00Z/,
    ],
    [
      "no energy",
      gives(undefined),
      /^energy of the power model own\/1, of machine "Big" at 2025-09-10T00:00:00Z: what it gave is missing; it must be an object/,
    ],
    [
      "a promise of energy",
      gives(Promise.resolve({ busyKwh: 1, idleKwh: 1 })),
      /what it gave is a Promise; it must be an object/,
    ],
    [
      "energy that is text",
      gives({ busyKwh: "1", idleKwh: 1 }),
      /busyKwh is "1"; it must be a number of at least 0/,
    ],
    [
      "energy that is no number",
      gives({ busyKwh: Number.NaN, idleKwh: 1 }),
      /busyKwh is NaN; it must be a number of at least 0/,
    ],
    ["half the energy", gives({ busyKwh: 1 }), /idleKwh is missing/],
    [
      "a model without a name",
      { power: { ...power, id: undefined } },
      /power is an object; it must be a PowerModel, which has the text id, and energy/,
    ],
    ["a grid without a name", { intensity: { ...intensity, id: "" } }, /which has the text id, and periods/],
    [
      "a source without a name",
      { cpu: { ...cpu, where: undefined } },
      /it must be a CpuSource, which has the text where, and projects, cpuHours/,
    ],
  ];
  it.each(TABLE)("that give %s are refused", async (_, parts, message) => {
    await expect(run(parts)).rejects.toMatchObject({
      isAdaCarbonError: true,
      message: expect.stringMatching(message),
    });
  });

  const GRIDS: readonly [what: string, parts: object, message: RegExp][] = [
    [
      "no periods",
      { intensity: { ...intensity, periods: async () => undefined } },
      /own-grid: what periods gives is missing; it must be a list/,
    ],
    [
      "an intensity of null",
      saying({ gco2eqPerKwh: null }),
      /is null gCO2eq\/kWh; a period has a length and a finite value/,
    ],
    [
      "an intensity of no kind",
      saying({ kind: "measured" }),
      /own-grid: kind is "measured"; it must be one of "actual", "estimated", "forecast"/,
    ],
    [
      "an intensity of no time",
      saying({ fetchedAt: undefined }),
      /fetchedAt is missing; it must be a number/,
    ],
  ];
  it.each(GRIDS)("that give %s cost the carbon of their hours, and are told", async (_, parts, message) => {
    const { statuses, warnings } = await run(parts);
    expect(statuses).toMatchObject({ unprocessed: 3, processed: 0 });
    expect(warnings.join()).toMatch(message);
  });

  it("that leave hours out are told, and what they gave is kept", async () => {
    const report = await run({
      cpu: {
        ...cpu,
        async *cpuHours({ hours }: { hours: CpuHours["hours"] }) {
          yield batch(hours.slice(1));
        },
      },
    });
    expect(report.statuses).toMatchObject({ processed: 2, "not downloaded": 1 });
    expect(report.warnings.join()).toMatch(/cpuHours of our table said nothing of 2025-09-10T00:00:00Z/);
  });
});

describe("a store of one's own that answers wrongly", () => {
  const answering = (name: keyof UsageStore, answer: unknown) => {
    const store = memoryUsageStore();
    return { store: { ...store, [name]: () => answer } };
  };
  const short = { ...emptySeries(ADA, [FROM as FinishedHour], NO_PROVENANCE), busyKwh: new Float64Array(0) };
  it.each<[keyof UsageStore, unknown, RegExp]>([
    [
      "read",
      undefined,
      /^read of the store: what it gave is missing; it must be a series of hours, as a store/,
    ],
    ["read", Promise.resolve([]), /^read of the store: what it gave is .*; it must be a series/],
    ["read", short, /^read of the store: .*all its columns as long as its hours$/],
    ["scopes", ["ada"], /^scopes of the store: .* it must be a list of objects with kind, name$/],
    [
      "intensities",
      undefined,
      /^intensities of the store: what it gave is missing; it must be an object with grid, market$/,
    ],
    ["forgottenAmong", Promise.resolve([]), /^forgottenAmong of the store: .* it must be a Set$/],
  ])("to %s is told so", async (name, answer, message) => {
    const parts = answering(name, answer);
    const jobs = {
      read: () => run(parts),
      scopes: () => prune({ ...parts, before: FROM + HOUR_MS }),
      intensities: () =>
        run({ ...parts, intensity: { ...intensity, basis: parseBasis("lifecycle consumption") } }),
      forgottenAmong: () => run(parts),
    };
    await expect(jobs[name as keyof typeof jobs]()).rejects.toMatchObject({
      ...{ code: "bad-input", message: expect.stringMatching(message) },
    });
  });

  it("is told so by what reads it, too", async () => {
    const { store } = answering("read", undefined);
    await expect(new UsageReader(store).series(ADA, INTERVAL)).rejects.toThrow(
      /^read of the store: what it gave/,
    );
    await expect(restate({ store, interval: INTERVAL, power })).rejects.toThrow(
      /^read of the store: what it gave/,
    );
    await expect(forget({ store, users: ["amara"] })).rejects.toThrow(/^read of the store: what it gave/);
  });
});
