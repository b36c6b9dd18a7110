import { readFileSync } from "node:fs";
import {
  HOUR_MS,
  liveModel,
  type PowerModel,
  perCore,
  type WorkspaceModel,
  workspaceModel,
} from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { catalogueModel, parseMachines } from "ada-carbon/machines";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusHostSource } from "ada-carbon/prometheus";
import { trackWorkspaces } from "ada-carbon/workspaces";
import { describe, expect, it } from "vitest";
import { ALL, FROM, LATER, MINUTE, type World, world } from "./support/world.js";

// What the tracker counts of a host in an hour beside what sync measures of it, by one model and by two.

const HOURS = 3;

async function models(): Promise<readonly (readonly [string, PowerModel, number])[]> {
  const text = readFileSync(new URL("../examples/machines.json", import.meta.url), "utf8");
  const catalogue = { where: "machines.json", machines: async () => parseMachines(text, "machines.json") };
  return [
    ["12 W and 1 W", perCore(), 0.02],
    ["a building's share", perCore({ busyWatts: 8, idleWatts: 2, pue: 1.4 }), 0.02],
    // A curve is not straight: what a load that changes within the hour makes of it is in the difference.
    ["a catalogue with curves", await catalogueModel(catalogue, { fallback: perCore(), pue: 1.2 }), 0.05],
  ];
}

/** kWh of each host and hour, counted minute by minute and stored when the hour was over. */
async function counted(cloud: World, model: WorkspaceModel): Promise<Map<string, number>> {
  let now = FROM;
  const usage = memoryUsageStore();
  const tracker = trackWorkspaces({
    hosts: prometheusHostSource({ url: cloud.server.prometheusUrl, retries: 0 }),
    intensity: gbCarbonIntensity({ url: cloud.server.intensityUrl, retries: 0, clock: () => now }),
    store: memoryWorkspaceStore(),
    usage,
    model,
    clock: () => now,
  });
  for (; now <= FROM + HOURS * HOUR_MS + 12 * MINUTE; now += MINUTE) {
    cloud.now = now;
    await tracker.poll();
  }
  return kwhOf(usage);
}

async function measured(cloud: World, power: PowerModel): Promise<Map<string, number>> {
  const usage = memoryUsageStore();
  cloud.now = LATER;
  await cloud.run(usage, { power });
  return kwhOf(usage);
}

async function kwhOf(usage: ReturnType<typeof memoryUsageStore>): Promise<Map<string, number>> {
  const kwh = new Map<string, number>();
  for (const host of await usage.scopes("host")) {
    const { hours, busyKwh, idleKwh } = await usage.read(host, ALL);
    hours.forEach((hour, i) => {
      if (hour > FROM && hour < FROM + HOURS * HOUR_MS)
        kwh.set(`${host.name} ${hour}`, (busyKwh[i] ?? Number.NaN) + (idleKwh[i] ?? Number.NaN));
    });
  }
  return kwh;
}

describe("one host over one hour, live and by hour", { timeout: 60_000 }, () => {
  it("is the same within 2%, and within 5% with curves, by one model", async () => {
    for (const [name, power, bound] of await models()) {
      const cloud = await world({ scrapeSeconds: 30 });
      const [live, hourly] = [
        await counted(
          cloud,
          liveModel(power, () => cloud.now),
        ),
        await measured(cloud, power),
      ];
      expect(live.size, name).toBe(3 * (HOURS - 1));
      for (const [hostHour, kwh] of live)
        expect(Math.abs(kwh / (hourly.get(hostHour) ?? Number.NaN) - 1), `${name} ${hostHour}`).toBeLessThan(
          bound,
        );
    }
  });

  it("is another number by the documents' model of live machines, which says so in its name", async () => {
    const cloud = await world({ scrapeSeconds: 30 });
    const [live, hourly] = [await counted(cloud, workspaceModel()), await measured(cloud, perCore())];
    for (const [hostHour, kwh] of live)
      expect(Math.abs(kwh / (hourly.get(hostHour) ?? Number.NaN) - 1), hostHour).toBeGreaterThan(0.05);
    expect(liveModel(perCore()).id).toBe(perCore().id);
    expect(workspaceModel().id).toMatch(/^workspace\/1 /);
  });
});
