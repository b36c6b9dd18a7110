import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ALL, contents, FROM, INTERVAL, LATER, world } from "../../test/support/world.js";
import { constantIntensity } from "../intensity/constant.js";
import { fileIntensity } from "../intensity/file/file-intensity.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import type { IntensitySource } from "../intensity/port.js";
import { perCore } from "../power/per-core.js";
import { prometheusCpuSource } from "../prometheus/cpu-source.js";
import { conservationError } from "../rows/conservation.js";
import { PARTITIONS } from "../rows/kinds.js";
import { fileUsageStore } from "../stores/files/index.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { simulateCluster } from "../testing/cluster.js";
import { serveSimulation } from "../testing/server.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { hasMarket, marketBased } from "../usage/market.js";
import { ADA, SCOPE_KINDS } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { restate } from "./restate-interval.js";
import { runSync } from "./sync.js";

const HEAD = "# basis: lifecycle, consumption, market\nfrom,to,gco2e_per_kwh\n";
const hour = (t: number): string => new Date(FROM + t * HOUR_MS).toISOString();

/** A contract with these grams per kWh, hour by hour; `null` where it says nothing. */
function contract(grams: readonly (number | null)[]): IntensitySource {
  const rows = grams.flatMap((value, t) => (value === null ? [] : [`${hour(t)},${hour(t + 1)},${value}`]));
  const content = `${HEAD}${rows.join("\n")}\n`;
  return fileIntensity({ content, name: "contract.csv", clock: () => LATER });
}

async function everything(store: UsageStore): Promise<UsageSeries[]> {
  return (await Promise.all(SCOPE_KINDS.map((kind) => readKind(store, kind, ALL)))).flat();
}

const ada = (store: UsageStore): Promise<UsageSeries> => store.read(ADA, INTERVAL);

describe("a market-based ledger", () => {
  it("stands beside the other, which it does not change; an hour that it does not know has none", async () => {
    const w = await world();
    const [plain, both] = [memoryUsageStore(), memoryUsageStore()];
    await w.run(plain);
    const report = await w.run(both, { marketIntensity: contract([40, 0, null, 10, 20, 30]) });
    const without = (all: readonly UsageSeries[]): unknown =>
      all.map(({ provenance, ...rest }) => [rest, provenance.map(({ market: _, ...other }) => other)]);
    expect(without(await everything(both))).toEqual(without(await everything(plain)));
    expect((await everything(plain)).some(hasMarket)).toBe(false);

    const market = marketBased(await ada(both));
    const kwh = await ada(both);
    expect([...market.gco2eqPerKwh]).toEqual([40, 0, Number.NaN, 10, 20, 30]);
    expect(numberAt(market.busyGco2eq, 0)).toBe(40 * numberAt(kwh.busyKwh, 0));
    expect([numberAt(market.busyGco2eq, 1), numberAt(market.busyGco2eq, 2)]).toEqual([0, Number.NaN]);
    expect(kwh.provenance[0]?.market).toMatchObject({ kind: "actual", source: "file/contract.csv" });
    expect(kwh.provenance[2]?.market).toBeUndefined();
    expect(report.wanting).toBe(1);
    expect(report.warnings.join()).toMatch(/market-based: file\/contract\.csv does not know .* 1 hour/);
    expect(report.conservationError).toBeLessThan(1e-12);
  });

  it("is added to stored hours without asking Prometheus, asked for again where it is not known, and then left", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store);
    const first = await w.run(store, { marketIntensity: contract([40, 40, null, 40, 40, 40]) });
    expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
    expect(first).toMatchObject({ plan: { fetch: 0, restate: 6, done: 0 }, restated: 5, wanting: 1 });
    const second = await w.run(store, { marketIntensity: contract([40, 40, 41, 40, 40, 40]) });
    expect(second).toMatchObject({ plan: { restate: 1, done: 5 }, restated: 1, wanting: 0 });
    const third = await w.run(store, { marketIntensity: contract([9, 9, 9, 9, 9, 9]) });
    expect(third).toMatchObject({ plan: { restate: 0, done: 6 }, restated: 0, written: [] });
    for (const series of await everything(store)) {
      const grams = marketBased(series).gco2eqPerKwh;
      series.hours.forEach((at, i) => {
        expect(grams[i]).toBe(at === FROM + 2 * HOUR_MS ? 41 : 40);
      });
    }
  });

  it("stays where hours are measured or computed again without it", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { marketIntensity: constantIntensity(41) });
    await restate({ store, interval: INTERVAL, power: perCore({ busyWatts: 10 }) });
    await restate({ store, interval: INTERVAL, intensity: constantIntensity(100) });
    for (const series of await everything(store)) {
      const { gco2eqPerKwh, busyGco2eq } = marketBased(series);
      expect(new Set(gco2eqPerKwh)).toEqual(new Set([41]));
      expect(numberAt(busyGco2eq, 0)).toBe(41 * numberAt(series.busyKwh, 0));
    }
  });

  it("is corrected by restate, which leaves the other as it is and says what changed", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { marketIntensity: contract([40, 40, 40, 40, 40, 40]) });
    const before = await ada(store);
    const corrected = contract([40, 40, 20, 0, 40, 40]);
    const stored = await contents(store);
    const dry = await restate({ store, interval: INTERVAL, marketIntensity: corrected, dryRun: true });
    expect(await contents(store)).toEqual(stored);
    const report = await restate({ store, interval: INTERVAL, marketIntensity: corrected });
    const change = report.changed.find(({ scope }) => scope.kind === "ada");
    expect(dry.changed.find(({ scope }) => scope.kind === "ada")).toEqual(change);
    const after = await ada(store);
    expect([...after.busyGco2eq]).toEqual([...before.busyGco2eq]);
    expect([...marketBased(after).gco2eqPerKwh]).toEqual([40, 40, 20, 0, 40, 40]);
    const kwh = [2, 3].map((t) => numberAt(before.busyKwh, t) + numberAt(before.idleKwh, t));
    expect(change?.marketGco2eq?.before).toBeCloseTo(40 * ((kwh[0] ?? 0) + (kwh[1] ?? 0)), 9);
    expect(change?.marketGco2eq?.after).toBeCloseTo(20 * (kwh[0] ?? 0), 9);
  });

  it("is refused where a source is of the wrong ledger, before anybody is asked", async () => {
    const w = await world();
    const store = memoryUsageStore();
    const market = contract([40]);
    const located = fileIntensity({
      content: "# basis: lifecycle, consumption\nyear,gco2e_per_kwh\n2025,200\n",
      name: "grid.csv",
    });
    const { basis: _, ...silent } = market;
    for (const [options, message] of [
      [{ intensity: market }, /the grid file\/contract\.csv is market-based .*--market/],
      [{ marketIntensity: located }, /of file\/grid\.csv is average lifecycle .* location .*basis is market/],
      [{ marketIntensity: gbCarbonIntensity() }, /of gb-carbon-intensity\/national is average direct/],
      [{ marketIntensity: silent }, /does not say what its grams count: give a source whose basis is market/],
    ] as const) {
      const refused = expect.objectContaining({
        code: "bad-input",
        message: expect.stringMatching(message),
      });
      await expect(w.run(store, options)).rejects.toEqual(refused);
      expect(w.asked).toEqual({ prometheus: 0, intensity: 0 });
      await expect(restate({ store, interval: INTERVAL, ...options })).rejects.toEqual(refused);
    }
    const direct = fileIntensity({
      content: "# basis: direct, consumption, market\nyear,gco2e_per_kwh\n2025,9\n",
      name: "other.csv",
    });
    await w.run(store, { marketIntensity: contract([40, 40, 40, 40, 40, 40]) });
    await expect(w.run(store, { marketIntensity: direct })).rejects.toThrow(
      /other\.csv is average direct .*stored by file\/contract\.csv.*restate --market/,
    );
  });

  it("has one basis, too: another contract is refused, with the command that changes all stored hours", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { marketIntensity: contract([40, 40, 40, 40, 40, 40]) });
    const before = await contents(store);
    const content = `# basis: direct, consumption, market\nfrom,to,gco2e_per_kwh\n${hour(0)},${hour(6)},20\n`;
    const other = fileIntensity({ content, name: "other.csv", clock: () => LATER });
    const command = `ada-carbon restate --market SOURCE --from ${hour(0).slice(0, 19)}Z --to ${hour(6).slice(0, 19)}Z, with this run's --market as SOURCE`;
    await expect(w.run(store, { marketIntensity: other })).rejects.toThrow(command);
    expect(await contents(store)).toEqual(before);
  });

  it("is conserved over clouds drawn at random, in memory and in a folder", async () => {
    const out = await mkdtemp(join(tmpdir(), "ada-carbon-ledger-"));
    try {
      for (const seed of [1, 2, 3, 4]) {
        const interval = { from: FROM, to: FROM + 12 * HOUR_MS };
        const cluster = simulateCluster({ interval, hosts: 9, seed });
        await using cloud = await serveSimulation({ cluster });
        const grams = Array.from({ length: 12 }, (_, t) => (t % 5 === seed ? null : (t * 997 * seed) % 313));
        const stores = [memoryUsageStore(), fileUsageStore(join(out, `${seed}`))];
        for (const store of stores) {
          const report = await runSync({
            cpu: prometheusCpuSource({ url: cloud.prometheusUrl }),
            intensity: gbCarbonIntensity({ url: cloud.intensityUrl }),
            marketIntensity: contract(grams),
            store,
            interval,
            clock: () => interval.to + 10 * DAY_MS,
          });
          expect(report.conservationError).toBeLessThan(1e-9);
          const stored = await everything(store);
          expect(stored.some(hasMarket)).toBe(true);
          for (const kind of PARTITIONS) {
            const ledger = stored.filter(({ scope }) => scope.kind === kind || scope.kind === "ada");
            expect(conservationError(ledger)).toBeLessThan(1e-9);
          }
        }
        const [memory, folder] = await Promise.all(stores.map(contents));
        expect(folder).toEqual(memory);
      }
    } finally {
      await rm(out, { recursive: true });
    }
  });

  it("that one scope lacks, or has with other grams, is not conserved", async () => {
    const w = await world();
    const store = memoryUsageStore();
    await w.run(store, { marketIntensity: constantIntensity(41) });
    const stored = await everything(store);
    expect(conservationError(stored)).toBeLessThan(1e-12);
    const spoilt = stored.map((series) => {
      if (series.scope.kind !== "project" || series.scope.name !== "IDAaaS") return series;
      return { ...series, provenance: series.provenance.map(({ market: _, ...rest }) => rest) };
    });
    expect(conservationError(spoilt)).toBeGreaterThan(0.1);
  });
});
