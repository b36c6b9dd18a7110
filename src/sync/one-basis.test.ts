import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHandler } from "../http/index.js";
import { ADA, restate, runSync } from "../index.js";
import { basisOfSource } from "../intensity/basis-of-source.js";
import { constantIntensity } from "../intensity/constant.js";
import { fileIntensity } from "../intensity/file/file-intensity.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import { GB_BASIS } from "../intensity/gb-facts.js";
import type { IntensitySource } from "../intensity/port.js";
import { prometheusCpuSource } from "../prometheus/cpu-source.js";
import { prometheusHostSource } from "../prometheus/index.js";
import { fileUsageStore } from "../stores/files/index.js";
import { memoryUsageStore, memoryWorkspaceStore } from "../stores/memory/index.js";
import { sqliteStores } from "../stores/sqlite/index.js";
import type { UsageStore } from "../stores/usage-store.js";
import { simulateCluster } from "../testing/cluster.js";
import { serveSimulation } from "../testing/server.js";
import { DAY_MS, finishedHours, HOUR_MS } from "../usage/hour.js";
import { SCOPE_KINDS } from "../usage/scope.js";
import { COLUMNS, emptySeries, type UsageSeries } from "../usage/series.js";
import { trackWorkspaces } from "../workspaces/index.js";

const FROM = Date.UTC(2025, 8, 10);
const first = { from: FROM, to: FROM + 2 * HOUR_MS };
const later = { from: FROM + 2 * HOUR_MS, to: FROM + 4 * HOUR_MS };
const file = (basis: string): IntensitySource =>
  fileIntensity({ content: `# basis: ${basis}\nyear,gco2e_per_kwh\n2025,200\n`, name: `${basis}.csv` });

/** `ada` with one hour, whose grams count so. */
function hourOf(from: number, basis: string): UsageSeries {
  const intensity = { kind: "actual", source: "file/old.csv", basis, fetchedAt: 0, settled: true } as const;
  const series = emptySeries(ADA, finishedHours({ from, to: from + HOUR_MS }, from + DAY_MS), {
    ...{ library: "0.1.0", model: "per-core/1", intensity },
  });
  for (const name of COLUMNS) series[name][0] = name === "coverage" ? 1 : 2;
  series.status[0] = "fake";
  return series;
}

describe("the basis of a store", () => {
  it("is one: a grid of another basis is refused, whichever hours it is asked for", async () => {
    const interval = { from: FROM, to: later.to };
    await using cloud = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 2 }) });
    const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
    const store = memoryUsageStore();
    const run = (intensity: IntensitySource, hours: typeof first) =>
      runSync({ cpu, intensity, store, interval: hours, fake: true });
    await run(gbCarbonIntensity({ url: cloud.intensityUrl }), first);
    const lifecycle = file("lifecycle, consumption");
    const refused =
      /file.* is average lifecycle .*, and the hour 2025-09-10T00:00:00Z is stored by gb-carbon-intensity\/national, average direct/;
    await expect(run(lifecycle, first)).rejects.toThrow(refused);
    await expect(run(lifecycle, later)).rejects.toThrow(refused);
    // A constant fits beside any.
    await run(constantIntensity(100), later);
    await restate({ store, interval, intensity: lifecycle });
    const ada = await store.read(ADA, interval);
    const bases = new Set(ada.provenance.map(({ intensity }) => intensity?.basis));
    expect([...bases]).toEqual(["average lifecycle consumption losses-excluded location co2e"]);
    await run(lifecycle, later);
  });

  it("is held against all that is stored, however long ago or ahead", async () => {
    const interval = { from: FROM, to: later.to };
    await using cloud = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 2 }) });
    const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
    for (const far of [-400, 400]) {
      const store = memoryUsageStore();
      await store.replace([
        hourOf(FROM + far * DAY_MS, "average direct production losses-excluded location co2e"),
      ]);
      await expect(
        runSync({ cpu, intensity: file("lifecycle, consumption"), store, interval: first, fake: true }),
      ).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringContaining("ada-carbon restate --again --from 202"),
      });
      expect(await store.scopes("project")).toEqual([]);
    }
  });

  const folder = async (): Promise<string> => {
    const made = await mkdtemp(join(tmpdir(), "ada-carbon-one-basis-"));
    onTestFinished(() => rm(made, { recursive: true }));
    return made;
  };
  it.each<[string, () => Promise<UsageStore>]>([
    ["a folder", async () => fileUsageStore(await folder())],
    ["SQLite", async () => sqliteStores(join(await folder(), "carbon.db")).usage],
    ["memory", async () => memoryUsageStore()],
  ])(
    "is held against what %s says that its hours rest on, and hours are read only where one differs",
    async (_, make) => {
      await using cloud = await serveSimulation({ cluster: simulateCluster({ interval: first, hosts: 1 }) });
      const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
      const gb = gbCarbonIntensity({ url: cloud.intensityUrl });
      const stored = await make();
      onTestFinished(() => stored.close());
      const lifecycle = "average lifecycle consumption losses-excluded location co2e";
      const direct = basisOfSource(gb) ?? "";
      await stored.replace(
        Array.from({ length: 24 }, (_, month) => hourOf(FROM - month * 30 * DAY_MS, direct)),
      );
      let readsOfAll = 0;
      const store: UsageStore = {
        ...stored,
        read: (scope, interval, options) => {
          if (interval.to - interval.from > 400 * DAY_MS) readsOfAll++;
          return stored.read(scope, interval, options);
        },
      };
      const run = () => runSync({ cpu, intensity: gb, store, interval: first, fake: true });
      await run();
      // The first run has looked whether its projects are earlier ones under another name.
      readsOfAll = 0;
      await run();
      expect(readsOfAll).toBe(0);
      await restate({ store, interval: first, intensity: gb });
      expect(readsOfAll).toBe(0);
      // One hour among them, long ago.
      await store.replace([hourOf(FROM - 300 * DAY_MS, lifecycle)]);
      await expect(run()).rejects.toThrow(
        /the hour 2024-11-14T00:00:00Z is stored by file\/old.csv, average lifecycle/,
      );
      expect(readsOfAll).toBe(1);
    },
  );

  it("is never one of marginal intensities, whatever a source without types says", async () => {
    const marginal = { ...file("lifecycle, consumption"), basis: { ...GB_BASIS, signal: "marginal" } };
    await using cloud = await serveSimulation({ cluster: simulateCluster({ interval: first, hosts: 1 }) });
    const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
    const intensity = marginal as unknown as IntensitySource;
    const store = memoryUsageStore();
    const refusal = {
      code: "bad-input",
      message: expect.stringMatching(/^.* is marginal; use is accounted for by averages$/),
    };
    const others = constantIntensity(100);
    const constant: IntensitySource = { ...intensity, isConstant: true };
    const market = { ...marginal, basis: { ...marginal.basis, accounting: "market" } };
    const marketIntensity = market as unknown as IntensitySource;
    for (const given of [
      { intensity },
      { intensity: constant },
      { intensity: { projects: { IDAaaS: intensity }, others } },
      { intensity: others, marketIntensity },
      { intensity: others, marketIntensity: { ...marketIntensity, isConstant: true } as const },
    ]) {
      await expect(runSync({ cpu, store, interval: first, fake: true, ...given })).rejects.toMatchObject(
        refusal,
      );
      await expect(restate({ store, interval: first, ...given })).rejects.toMatchObject(refusal);
    }
    expect(() => createHandler({ usage: store, sites: {}, intensity })).toThrow(/is marginal/);
    const hosts = prometheusHostSource({ url: cloud.prometheusUrl, sites: {} });
    const sessions = memoryWorkspaceStore();
    expect(() => trackWorkspaces({ hosts, store: sessions, intensity })).toThrow(/is marginal/);
    expect(await store.scopes("project")).toEqual([]);
  });

  it("is changed by restating all hours at once, also those whose hosts are not stored, and not by restating some", async () => {
    const interval = { from: FROM, to: later.to };
    await using cloud = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 2 }) });
    const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
    const store = memoryUsageStore();
    const gb = gbCarbonIntensity({ url: cloud.intensityUrl });
    await runSync({ cpu, intensity: gb, store, interval, fake: true });
    await store.remove(await store.scopes("host"), later);
    const intensity = file("lifecycle, consumption");
    const before = await store.read(ADA, interval);
    const refusal =
      /2 stored hours outside the interval \(2025-09-10T02:00:00Z to 2025-09-10T04:00:00Z\) would stay average direct .*: ada-carbon restate --again --from 2025-09-10T00:00:00Z --to 2025-09-10T04:00:00Z/;
    await expect(restate({ store, interval: first, intensity })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(refusal),
    });
    const dry = await restate({ store, interval: first, intensity, dryRun: true });
    expect(dry.warnings).toContainEqual(expect.stringMatching(refusal));
    expect(await store.read(ADA, interval)).toEqual(before);

    const report = await restate({ store, interval, intensity });
    const [gbBasis = "", lifecycle = ""] = [basisOfSource(gb), basisOfSource(intensity)];
    expect(report).toMatchObject({
      hours: 4,
      skipped: 0,
      basis: { from: [gbBasis], to: lifecycle, hours: 4 },
    });
    for (const kind of SCOPE_KINDS)
      for (const scope of await store.scopes(kind)) {
        const { provenance, busyKwh, idleKwh, busyGco2eq, idleGco2eq, status } = await store.read(
          scope,
          interval,
        );
        expect(new Set(provenance.map(({ intensity: of }) => of?.basis))).toEqual(new Set([lifecycle]));
        expect(new Set(status)).toEqual(new Set(["fake"]));
        busyKwh.forEach((kwh, i) => {
          expect(busyGco2eq[i]).toBeCloseTo(kwh * 200, 9);
          expect(idleGco2eq[i]).toBeCloseTo((idleKwh[i] ?? 0) * 200, 9);
        });
      }
    expect((await store.read(ADA, interval)).busyKwh).toEqual(before.busyKwh);
    expect((await restate({ store, interval, intensity })).basis).toBeNull();
  });

  it("stays one where the other grid has a hole, and where a file says another basis under its old name", async () => {
    await using cloud = await serveSimulation({ cluster: simulateCluster({ interval: first, hosts: 2 }) });
    const cpu = prometheusCpuSource({ url: cloud.prometheusUrl });
    const store = memoryUsageStore();
    const grid = (basis: string, rows: string): IntensitySource =>
      fileIntensity({ content: `# basis: ${basis}\nfrom,to,gco2e_per_kwh\n${rows}`, name: "grid.csv" });
    const hour = (start: string, end: string): string => `2025-09-10T${start}Z,2025-09-10T${end}Z,200\n`;
    const both = hour("00:00", "01:00") + hour("01:00", "02:00");
    const direct = grid("direct, production", both);
    await runSync({ cpu, intensity: direct, store, interval: first, fake: true });
    await restate({
      store,
      interval: first,
      intensity: grid("lifecycle, production", hour("00:00", "01:00")),
    });
    const { provenance, busyGco2eq } = await store.read(ADA, first);
    expect(provenance.map(({ intensity }) => intensity?.basis?.split(" ")[1] ?? null)).toEqual([
      "lifecycle",
      null,
    ]);
    expect(busyGco2eq[1]).toBeNaN();
  });

  it("is not said of hours that rest on several grids", () => {
    expect(
      basisOfSource({ id: "gb-carbon-intensity/national + mix/elexon/FUELHH/ipcc-2014" }),
    ).toBeUndefined();
    expect(basisOfSource({ id: "gb-carbon-intensity/national + gb-carbon-intensity/region-12" })).toContain(
      "direct",
    );
  });
});
