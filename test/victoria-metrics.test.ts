import { ADA, HOUR_MS, runSync, type SyncReport } from "ada-carbon";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Load, loadVictoriaMetrics } from "../bench/servers/load.js";
import {
  type RealVictoriaMetrics,
  requireVictoriaMetrics,
  startVictoriaMetrics,
} from "./servers/victoria-metrics.js";

// The main job over a real VictoriaMetrics, whose `increase` is not that of Prometheus.

const FROM = Date.UTC(2025, 5, 2);
const LOAD: Load = { hosts: 20, days: 2, from: FROM };
const HOURS = 30;

describe.skipIf(!requireVictoriaMetrics())("a real VictoriaMetrics", () => {
  let server: RealVictoriaMetrics;
  beforeAll(async () => {
    server = await startVictoriaMetrics();
    await loadVictoriaMetrics(LOAD, server.url);
  });
  afterAll(() => server.stop());

  const run = (store: ReturnType<typeof memoryUsageStore>): Promise<SyncReport> =>
    runSync({
      cpu: prometheusCpuSource({ url: server.url }),
      intensity: {
        id: "constant",
        hasActual: true,
        periods: async (wanted) => [
          { ...wanted, gco2eqPerKwh: 100, kind: "actual", fetchedAt: FROM + 20 * 24 * HOUR_MS },
        ],
      },
      store,
      interval: { from: FROM, to: FROM + HOURS * HOUR_MS },
      clock: () => FROM + 20 * 24 * HOUR_MS,
    });

  it("gives every hour whole, with what the hosts really did, and nothing more to do", async () => {
    const store = memoryUsageStore();
    const report = await run(store);
    expect(report).toMatchObject({ statuses: { processed: HOURS }, warnings: [], findings: [] });
    expect(report.conservationError).toBeLessThan(1e-9);
    const ada = await store.read(ADA, { from: FROM, to: FROM + HOURS * HOUR_MS });
    // One core a host, scraped every minute: 3,600 CPU-seconds an hour each.
    ada.busyCpuSeconds.forEach((busy, t) => {
      expect(Math.abs((busy + (ada.idleCpuSeconds[t] ?? 0)) / (LOAD.hosts * 3600) - 1)).toBeLessThan(0.001);
    });
    const shares = Array.from({ length: LOAD.hosts }, (_, host) => 0.1 + (host % 70) / 100);
    const busy = shares.reduce((sum, share) => sum + share, 0) * HOURS * 3600;
    expect(Math.abs(ada.busyCpuSeconds.reduce((sum, each) => sum + each, 0) / busy - 1)).toBeLessThan(0.001);
    expect((await run(store)).plan).toMatchObject({ fetch: 0, done: HOURS });
  });
});
