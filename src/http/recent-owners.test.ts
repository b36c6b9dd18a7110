import { setTimeout } from "node:timers/promises";
import { ADA, emptySeries, type FinishedHour, HOUR_MS, type Scope, type UsageStore } from "ada-carbon";
import { memoryUsageStore } from "ada-carbon/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { RecentOwners } from "./recent-owners.js";

const hours = [0, 1, 2].map((n) => (n * HOUR_MS) as FinishedHour);
const interval = { from: 0, to: 3 * HOUR_MS };
const site = [{ kind: "project", name: "IDAaaS" }] as const;
const owner = {
  project: "IDAaaS",
  machine: "Muon",
  user: "amara",
  group: "Muons",
  experiment: "unattributed",
};
const host = {
  ...{ project: "IDAaaS", machine: "Muon", user: "amara", expectedCpuSeconds: 3600, up: null, by: "labels" },
  owners: [{ ...owner, busyShare: 1, idleShare: 1 }],
};

const usage = memoryUsageStore();
let hostReads = 0;
let delayMs = 0;
/** The store, which counts how often the host is read, and takes its time for it. */
const counting: UsageStore = {
  ...usage,
  read: async (scope, ...more) => {
    if (scope.kind === "host") {
      hostReads++;
      await setTimeout(delayMs);
    }
    return usage.read(scope, ...more);
  },
};

async function store(busyKwh: number): Promise<void> {
  const scopes: Scope[] = [ADA, { kind: "host", name: "a" }, { kind: "user", name: "amara" }];
  const series = scopes.map((scope) => {
    const rows = emptySeries(scope, hours, { library: "", model: null, intensity: null, host });
    for (const name of ["busyCpuSeconds", "idleCpuSeconds"] as const) rows[name].fill(1800);
    rows.busyKwh.fill(busyKwh);
    for (const name of ["idleKwh", "busyGco2eq", "idleGco2eq", "gco2eqPerKwh", "coverage"] as const)
      rows[name].fill(1);
    rows.status.fill("processed");
    return rows;
  });
  await usage.replace(series);
}

describe("the owners of a place", () => {
  beforeEach(async () => {
    hostReads = 0;
    await store(1);
  });

  const kwhOf = async (owners: RecentOwners, kind: "user" | "group"): Promise<(number | null)[]> =>
    (await owners.of(site, kind, interval)).map(({ totals }) => totals.busyKwh);

  it("are found by one look at the hosts, for all kinds and viewers that ask meanwhile, and for a while", async () => {
    delayMs = 120;
    const owners = new RecentOwners(counting, undefined);
    const asked = await Promise.all([kwhOf(owners, "user"), kwhOf(owners, "group"), kwhOf(owners, "user")]);
    expect(asked).toEqual([[3], [], [3]]);
    await store(2);
    expect(await kwhOf(owners, "user")).toEqual([3]);
    expect(hostReads).toBe(1);
    expect((await owners.of(site, "user", { from: 0, to: HOUR_MS }))[0]?.totals.busyKwh).toBe(2);
  });

  it("are read anew where that takes no time", async () => {
    delayMs = 0;
    const owners = new RecentOwners(counting, undefined);
    expect(await kwhOf(owners, "user")).toEqual([3]);
    await store(2);
    expect(await kwhOf(owners, "user")).toEqual([6]);
  });

  it("are asked for again after a failure", async () => {
    delayMs = 120;
    let isDown = true;
    const owners = new RecentOwners(
      {
        ...counting,
        scopes: (...asked) => (isDown ? Promise.reject(new Error("down")) : usage.scopes(...asked)),
      },
      undefined,
    );
    await expect(kwhOf(owners, "user")).rejects.toThrow("down");
    isDown = false;
    expect(await kwhOf(owners, "user")).toEqual([3]);
  });
});
