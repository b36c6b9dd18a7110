import { formatInstant, liveModel, perCore, runSync } from "ada-carbon";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { prometheusCpuSource, prometheusHostSource } from "ada-carbon/prometheus";
import { serveSimulation } from "ada-carbon/testing";
import { trackWorkspaces } from "ada-carbon/workspaces";
import { describe, expect, it } from "vitest";
import type { UsageStore } from "../../src/stores/usage-store.js";
import { SITUATIONS } from "../situations/index.js";
import { SETTLED_INTENSITY } from "../situations/measure.js";
import { projectsOf, type Situation } from "../situations/situation.js";
import { MINUTE } from "../support/world.js";

// Hours of the tracker, counted minute by minute, beside those that sync measures of the same situation: the same
// energy of everybody, or the row says that it is not complete.

/** A poll takes the load of the last minutes for the time since the poll before. */
const NEAR = 0.03;

const PLAYED = [
  "clean",
  "every-5min",
  "idle-step",
  "all-lower-once",
  "two-targets",
  "two-project-labels",
  "host-deleted",
  "reboot",
  "hot-plug",
  "offline-cpus",
  "user-changes-twice",
  "project-changes",
  "interval-changes",
  // Silence of one host, of all, and with another owner after it.
  "gap-over-the-hour",
  "gap-then-busy",
  "all-fail-over-the-end",
  "outage-over-the-end",
  "two-outages-around-hours",
  "deleted-in-an-outage-of-minutes",
  "user-changes-in-a-gap",
  "label-at-hour-and-backfill-over-it",
];

/** Whose the silence was in which the owner changed nobody knows: sync gives each half of it, the tracker the later one all. */
const OF_NOBODY_KNOWN = ["user-changes-in-a-gap"];

interface Row {
  readonly kwh: number;
  readonly isComplete: boolean;
}

/** The rows of projects, users and the whole from the second hour on: the tracker begins in the first. */
async function rowsOf(store: UsageStore, { name, interval }: Situation): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  for (const kind of ["project", "user", "ada"] as const) {
    if (kind === "user" && OF_NOBODY_KNOWN.includes(name)) continue;
    for (const scope of await store.scopes(kind)) {
      const { hours, busyKwh, idleKwh, status } = await store.read(scope, interval);
      hours.slice(1).forEach((hour, i) => {
        const kwh = (busyKwh[i + 1] ?? Number.NaN) + (idleKwh[i + 1] ?? Number.NaN);
        rows.set(`${kind} ${scope.name} ${formatInstant(hour).slice(8, 16)}`, {
          kwh,
          isComplete: status[i + 1] === "processed",
        });
      });
    }
  }
  return rows;
}

async function tracked(
  url: string,
  situation: Situation,
  setNow: (now: number) => void,
): Promise<UsageStore> {
  let now = situation.interval.from;
  const usage = memoryUsageStore();
  const tracker = trackWorkspaces({
    hosts: prometheusHostSource({ url, retries: 0, sites: { all: projectsOf(situation) } }),
    intensity: SETTLED_INTENSITY,
    store: memoryWorkspaceStore(),
    usage,
    model: liveModel(perCore(), () => now),
    clock: () => now,
  });
  for (; now <= situation.interval.to + 15 * MINUTE; now += MINUTE) {
    setNow(now);
    await tracker.poll();
  }
  return usage;
}

async function measured(url: string, situation: Situation, now: number): Promise<UsageStore> {
  const store = memoryUsageStore();
  await runSync({
    cpu: prometheusCpuSource({ url, clock: () => now, retries: 0 }),
    intensity: SETTLED_INTENSITY,
    store,
    interval: situation.interval,
    projects: projectsOf(situation),
    clock: () => now,
  });
  return store;
}

const played = SITUATIONS.filter(({ name }) => PLAYED.includes(name));

describe("hours that are counted live", { timeout: 60_000 }, () => {
  it("are those of every situation that is named here", () => {
    expect(played.map(({ name }) => name).sort()).toEqual([...PLAYED].sort());
  });

  it.each(played.map((situation) => [situation.name, situation] as const))(
    "of %s are as sync measures them, or say that they are not complete",
    async (_, situation) => {
      let now = 0;
      const server = await serveSimulation({ cluster: [situation.cluster], clock: () => now });
      try {
        const live = await tracked(server.prometheusUrl, situation, (instant) => {
          now = instant;
        });
        now = situation.runs.at(-1) ?? Number.NaN;
        const hourly = await measured(server.prometheusUrl, situation, now);
        const [counted, truth] = [await rowsOf(live, situation), await rowsOf(hourly, situation)];
        const wrong = [...counted].flatMap(([name, { kwh, isComplete }]) => {
          const expected = truth.get(name)?.kwh ?? 0;
          if (!isComplete || Math.abs(kwh - expected) <= NEAR * Math.max(kwh, expected)) return [];
          return [`${name}: ${kwh} kWh live, ${expected} kWh by the hour`];
        });
        expect(counted.size).toBeGreaterThan(0);
        expect(wrong).toEqual([]);
      } finally {
        await server.close();
      }
    },
  );
});
