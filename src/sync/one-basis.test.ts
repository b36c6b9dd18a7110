import { describe, expect, it } from "vitest";
import { ADA, restate, runSync } from "../index.js";
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
});
