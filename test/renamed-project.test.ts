import { type FinishedHour, HOUR_MS, restate } from "ada-carbon";
import { memoryAverageStore, memoryUsageStore } from "ada-carbon/memory";
import { explain } from "ada-carbon/reports";
import { describe, expect, it } from "vitest";
import { cli } from "./support/cli-lab.js";
import { ALL, ada, FROM, HOSTS, INTERVAL, world } from "./support/world.js";

// A project gets another name in OpenStack, and so in Prometheus: its history is said to have two names, and joined.

const RENAMED_AT = FROM + 3 * HOUR_MS;
const hosts = HOSTS.flatMap((host) =>
  host.project !== "IDAaaS"
    ? [host]
    : [
        { ...host, incarnations: [{ from: FROM - HOUR_MS, to: RENAMED_AT }] },
        { ...host, project: "Ada", incarnations: [{ from: RENAMED_AT, to: Number.POSITIVE_INFINITY }] },
      ],
);
const projects = ["IDAaaS", "Ada", "CDAaaS"];

describe("a project with a new name", () => {
  it("is said to be the old one, and its hours are joined with nothing lost", async () => {
    const [store, averages] = [memoryUsageStore(), memoryAverageStore()];
    const cloud = await world({ hosts });
    const { warnings } = await cloud.run(store, { averages, projects });
    expect(warnings.filter((text) => text.includes("seems to be"))).toEqual([
      "project Ada seems to be IDAaaS under another name since 2025-09-10T03:00:00Z: 2 of its 2 hosts were of IDAaaS; ada-carbon restate --rename-project 'IDAaaS=Ada' joins their hours",
    ]);
    const before = await ada(store);
    const old = await store.read({ kind: "project", name: "IDAaaS" }, ALL);

    const options = { store, averages, interval: INTERVAL, renamed: { before: "IDAaaS", after: "Ada" } };
    await restate(options);
    await restate(options);
    expect((await store.scopes("project")).map(({ name }) => name)).toEqual(["Ada", "CDAaaS"]);
    expect((await store.scopes("group")).map(({ name }) => name)).toEqual(["Ada", "CDAaaS"]);
    const joined = await store.read({ kind: "project", name: "Ada" }, ALL);
    expect(joined.hours).toEqual(before.hours);
    expect([...joined.busyKwh.slice(0, 3)]).toEqual([...old.busyKwh.slice(0, 3)]);
    expect((await ada(store)).busyKwh).toEqual(before.busyKwh);
    const scope = { kind: "project", name: "Ada" } as const;
    const explained = await explain(store, scope, before.hours[0] ?? (0 as FinishedHour));
    expect(explained.recomputed?.error).toBeLessThan(1e-9);
    expect(explained.hosts?.map(({ instance }) => instance)).toEqual(["a:9100", "b:9100"]);

    cloud.now += HOUR_MS;
    const next = await cloud.run(store, { averages, projects: ["Ada", "CDAaaS"] });
    expect(next.warnings).toEqual([]);
    expect((await store.scopes("project")).map(({ name }) => name)).toEqual(["Ada", "CDAaaS"]);
  });

  it("is not suspected of what is new, nor of what goes on beside it", async () => {
    const cloud = await world({
      hosts: [
        ...HOSTS,
        ...HOSTS.map((host) => ({
          ...host,
          instance: `new-${host.instance}`,
          project: "New",
          incarnations: [{ from: RENAMED_AT, to: Number.POSITIVE_INFINITY }],
        })),
      ],
    });
    const { warnings } = await cloud.run(memoryUsageStore(), { projects: ["IDAaaS", "CDAaaS", "New"] });
    expect(warnings.filter((text) => text.includes("seems to be"))).toEqual([]);
  });

  it("is refused on the command line if its names are not two", async () => {
    for (const names of ["IDAaaS", "=Ada", "IDAaaS=", "a=a", "a=b=c"]) {
      const { status, stderr } = await cli(["restate", "--out", "x", "--rename-project", names]);
      expect([status, stderr]).toEqual([2, expect.stringContaining("Write OLD=NEW")]);
    }
  });
});
