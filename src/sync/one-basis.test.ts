import { describe, expect, it } from "vitest";
import { ADA, restate, runSync } from "../index.js";
import { basisOfSource } from "../intensity/basis-of-source.js";
import { constantIntensity } from "../intensity/constant.js";
import { fileIntensity } from "../intensity/file/file-intensity.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import type { IntensitySource } from "../intensity/port.js";
import { prometheusCpuSource } from "../prometheus/cpu-source.js";
import { memoryUsageStore } from "../stores/memory/index.js";
import { simulateCluster } from "../testing/cluster.js";
import { serveSimulation } from "../testing/server.js";
import { HOUR_MS } from "../usage/hour.js";

const FROM = Date.UTC(2025, 8, 10);
const first = { from: FROM, to: FROM + 2 * HOUR_MS };
const later = { from: FROM + 2 * HOUR_MS, to: FROM + 4 * HOUR_MS };
const file = (basis: string): IntensitySource =>
  fileIntensity({ content: `# basis: ${basis}\nyear,gco2e_per_kwh\n2025,200\n`, name: `${basis}.csv` });

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
