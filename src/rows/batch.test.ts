import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byLabels } from "../attribution/attribution.js";
import type { PowerModel } from "../power/model.js";
import type { CpuHours, Host } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { ADA_MODES } from "../usage/modes.js";
import { TRACKED } from "../usage/provenance.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import { COLUMNS, numberAt, QUANTITIES, type UsageSeries } from "../usage/series.js";
import { batchOf } from "./batch.js";
import { conservationError } from "./conservation.js";
import { estimated, type HostHours } from "./host-hours.js";
import { storedHosts } from "./stored-hosts.js";

const HOURS = [0, HOUR_MS, 2 * HOUR_MS] as FinishedHour[];
const GRID = {
  gco2eqPerKwh: Float64Array.of(120, 200, 80),
  provenance: HOURS.map(() => ({ kind: "actual", source: "test", fetchedAt: 0, settled: true }) as const),
};
/** Watts by machine, so that the energy of a host that changed its labels is not in proportion to CPU-seconds. */
const POWER: PowerModel = {
  id: "by-machine",
  modes: ADA_MODES,
  energy: ({ busyCpuSeconds, idleCpuSeconds }, { machine }) => {
    const watts = machine === "large" ? 40 : 10;
    return { busyKwh: (busyCpuSeconds * watts) / 3.6e6, idleKwh: (idleCpuSeconds * watts) / 3.6e7 };
  },
};
const ALWAYS: readonly Scope[] = [
  ADA,
  { kind: "project", name: "IDAaaS" },
  { kind: "project", name: "CDAaaS" },
];
const RULES = { completeAt: 0.99, fake: false, experiments: true, hosts: true };

const host = fc.record({
  instance: fc.constantFrom("a:9100", "b:9100", "c:9100"),
  project: fc.constantFrom("IDAaaS", "CDAaaS"),
  machine: fc.constantFrom("large", "small", null),
  user: fc.constantFrom("amara", "bo", null),
});
const cell = fc.record({
  cpus: fc.integer({ min: 0, max: 4 }),
  busy: fc.double({ min: 0, max: 1, noNaN: true }),
  seen: fc.double({ min: 0.01, max: 1, noNaN: true }),
});
const cloud = fc
  .uniqueArray(host, { minLength: 1, maxLength: 6, selector: (labels) => JSON.stringify(labels) })
  .chain((hosts) =>
    fc.record({
      hosts: fc.constant(hosts),
      cells: fc.array(cell, {
        minLength: hosts.length * HOURS.length,
        maxLength: hosts.length * HOURS.length,
      }),
    }),
  );

function cpuHours(
  hosts: readonly Host[],
  cells: readonly { cpus: number; busy: number; seen: number }[],
): CpuHours {
  const column = (of: (each: { cpus: number; busy: number; seen: number }) => number): Float64Array =>
    Float64Array.from(cells, of);
  return {
    hours: HOURS,
    hosts,
    busyCpuSeconds: column(({ cpus, busy, seen }) => cpus * 3600 * seen * busy),
    idleCpuSeconds: column(({ cpus, busy, seen }) => cpus * 3600 * seen * (1 - busy)),
    observedCpuSeconds: column(({ cpus, seen }) => cpus * 3600 * seen),
    expectedCpuSeconds: column(({ cpus }) => cpus * 3600),
    upFrom: column(() => Number.NaN),
    upTo: column(() => Number.NaN),
    answered: HOURS.map(() => true),
    warnings: [],
    findings: [],
  };
}

function again(
  series: readonly UsageSeries[],
  basisOf: HostHours["basisOf"],
  counted: boolean,
): UsageSeries[] {
  const hosts = storedHosts(
    series.filter(({ scope }) => scope.kind === "host"),
    HOURS,
  );
  const useOf: HostHours["useOf"] = (row, t, cpu) => {
    const use = hosts.useOf(row, t, cpu);
    return counted ? use : { busyKwh: use.busyKwh, idleKwh: use.idleKwh };
  };
  const known = { ...hosts, useOf, gco2eqPerKwh: GRID.gco2eqPerKwh, basisOf };
  return [...batchOf(known, ALWAYS, new Map(), RULES).series];
}

describe("rows of scopes", () => {
  it.each([false, true])(
    "made again from the stored rows of hosts are the same; counted carbon: %s",
    (counted) => {
      fc.assert(
        fc.property(cloud, ({ hosts, cells }) => {
          const cpu = cpuHours(hosts, cells);
          const owned = { cpu, attribution: byLabels(hosts, ({ project }) => `group of ${project}`) };
          const byModel = estimated(owned, POWER, GRID);
          const model = counted ? `${TRACKED}${POWER.id}` : POWER.id;
          const basisOf: HostHours["basisOf"] = (t) => ({ model, intensity: GRID.provenance[t] ?? null });
          const useOf: HostHours["useOf"] = (row, t, used) => {
            const energy = byModel.useOf(row, t, used);
            // Each host counted its carbon at moments of its own.
            const grams = 100 + 10 * row;
            return counted
              ? { ...energy, busyGco2eq: energy.busyKwh * grams, idleGco2eq: energy.idleKwh * grams }
              : energy;
          };
          const first = batchOf({ ...byModel, useOf, basisOf }, ALWAYS, new Map(), RULES).series;
          expect(conservationError(first)).toBeLessThan(1e-12);
          const second = new Map(
            again(first, basisOf, counted).map((series) => [formatScope(series.scope), series]),
          );
          expect([...second.keys()].sort()).toEqual(first.map(({ scope }) => formatScope(scope)).sort());
          const ada = first.find(({ scope }) => scope.kind === "ada");
          for (const series of first) {
            const other = second.get(formatScope(series.scope));
            expect(other?.hours).toEqual(series.hours);
            for (const name of QUANTITIES)
              series.hours.forEach((hour, i) => {
                const [before, after] = [
                  numberAt(series[name], i),
                  numberAt(other?.[name] ?? new Float64Array(), i),
                ];
                const whole = numberAt(ada?.[name] ?? new Float64Array(), HOURS.indexOf(hour));
                if (Number.isNaN(before)) expect(after).toBeNaN();
                else expect(Math.abs(after - before)).toBeLessThanOrEqual(1e-11 * whole + 1e-300);
              });
          }
        }),
      );
    },
  );

  it("of a host whose labels changed share its time by what was used under each", () => {
    const hosts: Host[] = [
      { instance: "a:9100", project: "IDAaaS", machine: "large", user: "amara" },
      { instance: "a:9100", project: "IDAaaS", machine: "large", user: "bo" },
    ];
    const half = { cpus: 1, busy: 1, seen: 0.5 };
    const cpu = {
      ...cpuHours(hosts, [half, half, half, half, half, half]),
      expectedCpuSeconds: new Float64Array(6).fill(1800),
    };
    const owned = { cpu, attribution: byLabels(hosts, () => "group") };
    const { series } = batchOf(estimated(owned, POWER, GRID), ALWAYS, new Map(), RULES);
    const rows = new Map(series.map((each) => [formatScope(each.scope), each]));
    expect(rows.get("host:a:9100")?.provenance[0]?.host).toMatchObject({
      expectedCpuSeconds: 3600,
      owners: [
        { user: "amara", busyShare: 0.5 },
        { user: "bo", busyShare: 0.5 },
      ],
    });
    for (const name of COLUMNS) expect(rows.get("user:amara")?.[name]).toEqual(rows.get("user:bo")?.[name]);
    expect(rows.get("user:bo")?.coverage).toEqual(Float64Array.of(1, 1, 1));
  });

  it("of a set of labels of which nothing was seen stay unknown when they are made again", () => {
    const hosts: Host[] = [
      { instance: "a:9100", project: "IDAaaS", machine: "large", user: "unseen" },
      { instance: "a:9100", project: "IDAaaS", machine: "large", user: "seen" },
    ];
    const nothing = { cpus: 2, busy: 0, seen: 0 };
    const all = { cpus: 2, busy: 0.5, seen: 1 };
    const cpu = cpuHours(hosts, [nothing, nothing, nothing, all, all, all]);
    const owned = { cpu, attribution: byLabels(hosts, () => "group") };
    const byModel = estimated(owned, POWER, GRID);
    const first = batchOf(byModel, ALWAYS, new Map(), RULES).series;
    const rowsOf = (series: readonly UsageSeries[], user: string): UsageSeries | undefined =>
      series.find(({ scope }) => scope.kind === "user" && scope.name === user);
    for (const series of [first, again(first, byModel.basisOf, false)]) {
      expect(rowsOf(series, "unseen")).toMatchObject({
        busyKwh: Float64Array.of(Number.NaN, Number.NaN, Number.NaN),
        coverage: Float64Array.of(0, 0, 0),
        status: ["not downloaded", "not downloaded", "not downloaded"],
      });
      expect(rowsOf(series, "seen")?.coverage).toEqual(Float64Array.of(1, 1, 1));
      expect(rowsOf(series, "seen")?.busyKwh).toEqual(rowsOf(first, "seen")?.busyKwh);
    }
  });
});
