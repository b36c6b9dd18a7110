import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ada, contents, FROM, INTERVAL, LATER, type World, world } from "../../test/support/world.js";
import { constantIntensity } from "../intensity/constant.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import type { IntensitySource } from "../intensity/port.js";
import type { ProjectGrids } from "../intensity/project-grids.js";
import { perCore } from "../power/per-core.js";
import { readDayEntry } from "../reports/day.js";
import { explain } from "../reports/explain.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { HOUR_MS } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { restate } from "./restate-interval.js";

// A cloud that spans grids: IDAaaS is of one, CDAaaS of another, and the user amara has hosts in both.

const NATIONAL = "gb-carbon-intensity/national";
const REGION = "gb-carbon-intensity/region-12";
const BOTH = `${NATIONAL} + ${REGION}`;
const grid = (w: World, region?: number): IntensitySource =>
  gbCarbonIntensity({
    url: w.server.intensityUrl,
    retries: 0,
    clock: () => w.now,
    ...(region === undefined ? {} : { region }),
  });
const twoGrids = (w: World): ProjectGrids => ({ projects: { IDAaaS: grid(w, 12) }, others: grid(w) });
const isRegional = ({ path }: { path: string }): boolean => path.includes("/regional/");

const read = (store: UsageStore, kind: Scope["kind"], name: string): Promise<UsageSeries> =>
  store.read({ kind, name } as Scope, INTERVAL);
const grams = (series: UsageSeries, i: number): number =>
  numberAt(series.busyGco2eq, i) + numberAt(series.idleGco2eq, i);
const kwh = (series: UsageSeries, i: number): number =>
  numberAt(series.busyKwh, i) + numberAt(series.idleKwh, i);
const sourcesOf = ({ provenance }: UsageSeries): unknown[] => [
  ...new Set(provenance.map(({ intensity }) => intensity?.source ?? null)),
];

/** Every kind sums to `ada`, in grams as in kWh, and grams per kWh are what they say. */
async function assertConserved(store: UsageStore): Promise<void> {
  const whole = await ada(store);
  for (const kind of ["project", "machine", "user", "group", "host"] as const) {
    const parts = await Promise.all((await store.scopes(kind)).map((scope) => store.read(scope, INTERVAL)));
    whole.hours.forEach((hour, i) => {
      const sum = parts.reduce((sum, part) => sum + (grams(part, part.hours.indexOf(hour)) || 0), 0);
      expect(Math.abs(sum / grams(whole, i) - 1)).toBeLessThan(1e-9);
    });
    for (const part of [whole, ...parts])
      part.hours.forEach((_, i) => {
        if (kwh(part, i) > 0)
          expect(Math.abs(numberAt(part.gco2eqPerKwh, i) / (grams(part, i) / kwh(part, i)) - 1)).toBeLessThan(
            1e-9,
          );
      });
  }
}

describe("a cloud that spans grids", () => {
  it("has each project by its own grid, and in what spans them the sum and both sources", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const report = await w.run(store, { intensity: twoGrids(w) });
    expect(report).toMatchObject({
      statuses: { processed: 6 },
      provisional: 0,
      otherIntensity: 0,
      warnings: [],
    });
    expect(report.conservationError).toBeLessThan(1e-12);
    await assertConserved(store);
    expect(sourcesOf(await read(store, "project", "IDAaaS"))).toEqual([REGION]);
    expect(sourcesOf(await read(store, "project", "CDAaaS"))).toEqual([NATIONAL]);
    expect(sourcesOf(await read(store, "user", "amara"))).toEqual([BOTH]);
    expect(sourcesOf(await read(store, "machine", "Laser"))).toEqual([NATIONAL]);
    expect(sourcesOf(await ada(store))).toEqual([BOTH]);

    // Each project is what it is in a store of its grid alone, to the bit.
    for (const [name, source] of [
      ["IDAaaS", grid(w, 12)],
      ["CDAaaS", grid(w)],
    ] as const) {
      const alone = memoryUsageStore();
      await w.run(alone, { intensity: source });
      const { gco2eqPerKwh, provenance } = await read(store, "project", name);
      const expected = await read(alone, "project", name);
      expect(gco2eqPerKwh).toEqual(expected.gco2eqPerKwh);
      expect(provenance).toEqual(expected.provenance);
    }
    await w.run(store, { intensity: twoGrids(w) });
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
  });

  it("without one of the grids lacks the carbon of its projects only, and makes up for it without Prometheus", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = (request) => (isRegional(request) ? { status: 503, body: "away" } : undefined);
    const report = await w.run(store, { intensity: twoGrids(w) });
    expect(report).toMatchObject({ statuses: { unprocessed: 6 }, wanting: 6 });
    expect(report.conservationError).toBeLessThan(1e-12);
    expect(report.warnings).toEqual([expect.stringMatching(/^IDAaaS: no carbon intensity for .*503/)]);
    const CDAaaS = await read(store, "project", "CDAaaS");
    expect(CDAaaS.status).toEqual(Array(6).fill("processed"));
    expect((await read(store, "project", "IDAaaS")).busyGco2eq.every(Number.isNaN)).toBe(true);
    expect((await read(store, "user", "amara")).busyGco2eq.every(Number.isNaN)).toBe(true);
    expect((await ada(store)).gco2eqPerKwh.every(Number.isNaN)).toBe(true);
    const explained = await explain(store, { kind: "project", name: "CDAaaS" }, FROM);
    expect(explained.recomputed?.busyGco2eq).toBeCloseTo(numberAt(CDAaaS.busyGco2eq, 0), 9);

    w.fault = () => undefined;
    expect(await w.run(store, { intensity: twoGrids(w) })).toMatchObject({
      plan: { fetch: 0, restate: 6 },
      restated: 6,
      statuses: { processed: 6 },
      warnings: [],
    });
    expect(w.asked.prometheus).toBe(0);
    expect(w.server.requests.slice(w.seen).every(isRegional)).toBe(true);
    const clean = memoryUsageStore();
    await w.run(clean, { intensity: twoGrids(w) });
    expect(await contents(store)).toEqual(await contents(clean));
  });

  it("has looked up again what is provisional of each grid, and nothing else", async () => {
    const w = await world();
    const store = memoryUsageStore();
    // Forecasts of the region are final after two days, those of the country never are.
    w.grid = { unestimated: [{ from: FROM, to: FROM + 2 * HOUR_MS }] };
    await w.run(store, { intensity: twoGrids(w) });
    expect((await read(store, "project", "CDAaaS")).provenance.map((row) => row.intensity?.settled)).toEqual([
      ...[false, false],
      ...[true, true, true, true],
    ]);
    w.grid = {};
    const later = await w.run(store, { intensity: twoGrids(w) });
    expect(later).toMatchObject({ plan: { restate: 2, fetch: 0 }, restated: 2, provisional: 0 });
    expect(w.server.requests.slice(w.seen).some(isRegional)).toBe(false);
    await assertConserved(store);

    // Long after, what stays provisional is asked for once a day.
    w.grid = { unestimated: [{ from: FROM, to: FROM + 2 * HOUR_MS }] };
    const old = memoryUsageStore();
    w.now = LATER + 40 * 24 * HOUR_MS;
    await w.run(old, { intensity: twoGrids(w) });
    w.now += 25 * HOUR_MS;
    expect(await w.run(old, { intensity: twoGrids(w) })).toMatchObject({ plan: { restate: 2 }, restated: 0 });
    expect(await w.run(old, { intensity: twoGrids(w) })).toMatchObject({ plan: { restate: 0 } });
  });

  it("is restated from one grid to several, by another power model, and back, with the same numbers as anew", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const atFirst = await contents(store);
    await restate({ store, interval: INTERVAL, intensity: twoGrids(w) });
    const clean = memoryUsageStore();
    await w.run(clean, { intensity: twoGrids(w) });
    expect(await contents(store)).toEqual(await contents(clean));

    const power = perCore({ busyWatts: 20, idleWatts: 3 });
    await restate({ store, interval: INTERVAL, power });
    const byPower = memoryUsageStore();
    await w.run(byPower, { intensity: twoGrids(w), power });
    expect(await contents(store)).toEqual(await contents(byPower));

    await restate({ store, interval: INTERVAL, power: perCore(), intensity: grid(w) });
    await restate({ store, interval: INTERVAL, renamed: { before: "IDAaaS", after: "Ada" } });
    await restate({ store, interval: INTERVAL, renamed: { before: "Ada", after: "IDAaaS" } });
    const { changed } = await restate({ store, interval: INTERVAL, intensity: grid(w), dryRun: true });
    expect(changed).toEqual([]);
    await assertConserved(store);
    expect(sourcesOf(await ada(store))).toEqual([NATIONAL]);
    expect(await contents(store)).toHaveLength(atFirst.length);
  });

  it("stays by its grids where a project is renamed, or a later run knows one grid only", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { intensity: twoGrids(w) });
    const before = await read(store, "project", "IDAaaS");
    await restate({ store, interval: INTERVAL, renamed: { before: "IDAaaS", after: "Ada" } });
    const after = await read(store, "project", "Ada");
    expect(sourcesOf(after)).toEqual([REGION]);
    expect(after.gco2eqPerKwh).toEqual(before.gco2eqPerKwh);
    await assertConserved(store);
    await restate({ store, interval: INTERVAL, renamed: { before: "Ada", after: "IDAaaS" } });
    const report = await w.run(store);
    expect(report).toMatchObject({ plan: { done: 6 }, otherIntensity: 6 });
    expect(sourcesOf(await ada(store))).toEqual([BOTH]);
    const day = await readDayEntry(store, "IDAaaS", FROM);
    expect(JSON.stringify(day)).toContain("Muon");
  });

  it("is refused where a project is misspelt, or grids count something else, before any grid is asked", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const misspelt = { projects: { IDAaS: grid(w, 12) }, others: grid(w) };
    await expect(w.run(store, { intensity: misspelt })).rejects.toThrow(
      /there is no project "IDAaS"; it knows CDAaaS, IDAaaS; did you mean IDAaaS\?/,
    );
    expect(w.asked.intensity).toBe(0);
    await w.run(store);
    await expect(restate({ store, interval: INTERVAL, intensity: misspelt })).rejects.toThrow(
      /the store: there is no project "IDAaS".*did you mean IDAaaS/,
    );
    const lifecycle: IntensitySource = {
      ...constantIntensity(100),
      id: "lifecycle",
      isConstant: undefined,
      basis: {
        ...{ signal: "average", emissions: "lifecycle", flow: "consumption", losses: "included" },
        ...{ accounting: "location", gas: "co2e" },
      },
    };
    const mixed = { projects: { IDAaaS: lifecycle }, others: grid(w) };
    const refusal =
      /national is average direct .*, and lifecycle is average lifecycle .*give sources of one basis/;
    await expect(w.run(store, { intensity: mixed })).rejects.toThrow(refusal);
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
    await expect(restate({ store, interval: INTERVAL, intensity: mixed })).rejects.toThrow(refusal);
    await expect(
      w.run(store, { intensity: { projects: { IDAaaS: 5 }, others: grid(w) } as unknown as ProjectGrids }),
    ).rejects.toThrow(
      /runSync: intensity is .* it must be .*projects, an IntensitySource by name of project/,
    );
  });

  it("has a host that changes its project within an hour by both grids", async () => {
    const change = FROM + 2 * HOUR_MS + HOUR_MS / 3;
    const host = { instance: "a:9100", machine: "Muon", user: "amara", cores: 4 };
    const w = await world({
      hosts: [
        {
          ...host,
          project: "IDAaaS",
          incarnations: [{ from: FROM - HOUR_MS, to: Number.POSITIVE_INFINITY }],
          labelChanges: [{ at: change, labels: { cloud_project_name: "CDAaaS" } }],
        },
      ],
    });
    const store = memoryUsageStore();
    await w.run(store, { intensity: twoGrids(w) });
    await assertConserved(store);
    const rows = await store.read({ kind: "host", name: "a:9100" }, INTERVAL);
    expect(rows.provenance.map(({ intensity }) => intensity?.source)).toEqual([
      ...[REGION, REGION, BOTH],
      ...[NATIONAL, NATIONAL, NATIONAL],
    ]);
    const before = await read(store, "project", "IDAaaS");
    const { changed } = await restate({ store, interval: INTERVAL });
    for (const change of changed) expect(change.after).toEqual(change.before);
    await restate({ store, interval: INTERVAL, intensity: twoGrids(w) });
    await assertConserved(store);
    expect((await read(store, "project", "IDAaaS")).busyGco2eq).toEqual(before.busyGco2eq);
  });

  it("is measured again for carbon where no hosts are stored, since only they know whose it was", async () => {
    const w = await world();
    const store = memoryUsageStore();
    w.fault = (request) => (isRegional(request) ? { status: 503, body: "away" } : undefined);
    await w.run(store, { intensity: twoGrids(w), hosts: false });
    w.fault = () => undefined;
    const report = await w.run(store, { intensity: twoGrids(w), hosts: false });
    expect(report).toMatchObject({ statuses: { processed: 6 } });
  });

  it("conserves grams for any number of projects and grids", async () => {
    const name = fc.constantFrom("IDAaaS", "CDAaaS", "DDAaaS", "__proto__", "a + b");
    const host = fc.record({
      project: name,
      user: fc.constantFrom("amara", "ben", null),
      cores: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(host, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(fc.tuple(name, fc.integer({ min: 0, max: 900 })), {
          selector: ([project]) => project,
        }),
        async (hosts, grids) => {
          const w = await world({
            hosts: hosts.map((each, i) => ({
              ...each,
              instance: `h${i}:9100`,
              machine: "Muon",
              incarnations: [{ from: FROM - HOUR_MS, to: Number.POSITIVE_INFINITY }],
            })),
          });
          const store = memoryUsageStore();
          const used = grids.filter(([project]) => hosts.some((each) => each.project === project));
          const projects = Object.fromEntries(
            used.map(([project, value]) => [project, { ...constantIntensity(value), id: `file/${project}` }]),
          );
          const intensity = { projects, others: grid(w) };
          const report = await w.run(store, { intensity, projects: undefined });
          expect(report).toMatchObject({ statuses: { processed: 6 }, warnings: [] });
          expect(report.conservationError).toBeLessThan(1e-12);
          for (const [project, value] of used) {
            const rows = await read(store, "project", project);
            expect([...rows.gco2eqPerKwh]).toEqual(Array(6).fill(value));
          }
          await w.server.close();
        },
      ),
      { numRuns: 12 },
    );
  });
});
