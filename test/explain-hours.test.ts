import { HOUR_MS, hourOf, runSync } from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { memoryUsageStore } from "ada-carbon/memory";
import { prometheusCpuSource } from "ada-carbon/prometheus";
import { explain } from "ada-carbon/reports";
import { serveSimulation, simulateCluster, steadyLoad } from "ada-carbon/testing";
import { expect, it } from "vitest";

// What `explain` says of hours in which something happened: the words that people read beside the numbers.

const FROM = Date.UTC(2025, 8, 10);
const minute = (hour: number, minutes: number): number => FROM + hour * HOUR_MS + minutes * 60_000;

it("says of a host's hour what happened to it and what was done about it", async () => {
  const interval = { from: FROM, to: FROM + 4 * HOUR_MS };
  const life = { from: FROM - 30 * 24 * HOUR_MS, to: Number.POSITIVE_INFINITY };
  const common = { cores: 4, incarnations: [life], load: steadyLoad(90) };
  const simulation = await serveSimulation({
    cluster: simulateCluster({
      interval: { from: FROM, to: interval.to + HOUR_MS },
      hosts: [
        { ...common, instance: "gap:9100", outages: [{ from: minute(0, 40), to: minute(1, 25) }] },
        {
          ...common,
          instance: "plugged:9100",
          offlineCpus: [{ cpus: [2, 3], from: 0, to: minute(1, 30), series: "absent" }],
        },
        {
          ...common,
          instance: "fallen:9100",
          load: steadyLoad(100),
          counterFaults: [
            { from: minute(1, 20), to: Number.POSITIVE_INFINITY, cpu: 0, mode: "idle", addSeconds: -20 },
          ],
        },
      ],
    }),
  });
  try {
    const store = memoryUsageStore();
    await runSync({
      cpu: prometheusCpuSource({ url: simulation.prometheusUrl }),
      intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
      store,
      interval,
      clock: () => interval.to + HOUR_MS,
    });
    const hostHour = async (name: string) => {
      const { hosts, stored } = await explain(store, { kind: "host", name }, hourOf(FROM + HOUR_MS));
      return { host: hosts[0], stored };
    };
    const gap = await hostHour("gap:9100");
    expect(gap.stored).toMatchObject({ status: "processed", coverage: expect.closeTo(35 / 60, 1) });
    expect(gap.host?.spread).toBeCloseTo(25 / 60, 1);
    expect(gap.host?.notes).toEqual([
      expect.stringMatching(/^from .* to .* without a scrape: .* spread by time$/),
    ]);
    const plugged = await hostHour("plugged:9100");
    expect(plugged.stored).toMatchObject({ status: "processed", coverage: 1 });
    expect((plugged.host?.expectedCpuSeconds ?? 0) / 3600).toBeCloseTo(3, 1);
    expect(plugged.host?.notes).toEqual([
      expect.stringMatching(/^CPU 2 ticks from /),
      expect.stringMatching(/^CPU 3 ticks from /),
    ]);
    const fallen = await hostHour("fallen:9100");
    expect(fallen.stored).toMatchObject({ status: "processed", coverage: 1 });
    expect(fallen.host?.notes).toEqual([
      expect.stringMatching(
        /idle of CPU 0 fell by 20 s although the machine did not boot; .* other modes leave$/,
      ),
    ]);
  } finally {
    await simulation.close();
  }
});
