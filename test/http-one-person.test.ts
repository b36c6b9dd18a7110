import { ADA, DAY_MS, emptySeries, finishedHours, type Scope, type UsageSeries } from "ada-carbon";
import { createHandler, type Handler, type Viewer } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import { beforeAll, describe, expect, it } from "vitest";

// Sums of a group, project, experiment or type of machine of one person tell of that person.

const NOW = Date.UTC(2025, 8, 10, 12, 10);
const DAY = `from=${new Date(NOW - DAY_MS).toISOString()}`;
const amara: Viewer = { user: "amara" };
const bjorn: Viewer = { user: "bjorn" };
const root: Viewer = { user: "root", seesEveryone: true };

/** Who has a host, in which project, of which type, for which group. */
const HOSTS = [
  ["a", "IDAaaS", "Muon", "amara", "solo"],
  ["b", "IDAaaS", "Muon", "bjorn", "pair"],
  ["c", "IDAaaS", "Laser", "chidi", "pair"],
  ["d", "LONE", "Muon", "amara", "solo"],
  ["e", "NOBODYS", "Muon", "unattributed", "unattributed"],
] as const;
const hours = finishedHours({ from: NOW - 2 * DAY_MS, to: NOW }, NOW);

function series(scope: Scope, size: number, host?: (typeof HOSTS)[number]): UsageSeries {
  const [, project = "", machine = "", user = "", group = ""] = host ?? [];
  const owner = { project, machine, user, group, experiment: "unattributed", busyShare: 1, idleShare: 1 };
  const known = { project, machine, user, expectedCpuSeconds: 7200, up: null, by: "labels", owners: [owner] };
  const made = emptySeries(scope, hours, {
    library: "0.1.0",
    model: "per-core/1",
    intensity: { kind: "actual", source: "x", fetchedAt: 0, settled: true },
    ...(host === undefined ? {} : { host: known as never }),
  });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds"] as const) made[name].fill(3600 * size);
  for (const name of ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq"] as const) made[name].fill(size);
  made.gco2eqPerKwh.fill(1);
  made.coverage.fill(1);
  made.status.fill("processed");
  return made;
}

interface Asked {
  readonly status: number;
  readonly text: string;
  /** Of a list. */
  readonly body: { readonly owners: readonly { readonly name: string }[]; readonly rest?: unknown };
}

let handler: Handler;
const ask = async (path: string, viewer?: Viewer): Promise<Asked> => {
  const reply = await handler(new Request(`http://x${path}`), viewer === undefined ? {} : { viewer });
  const text = await reply.text();
  return { status: reply.status, text, body: text.startsWith("{") ? JSON.parse(text) : { owners: [] } };
};

beforeAll(async () => {
  const usage = memoryUsageStore();
  const kinds = ["host", "project", "machine", "user", "group"] as const;
  const scopes = kinds.flatMap((kind, column) => {
    const names = new Set(HOSTS.map((host) => host[column] ?? ""));
    return [...names].map((name) => {
      const own = HOSTS.filter((host) => host[column] === name);
      return series({ kind, name }, own.length, kind === "host" ? own[0] : undefined);
    });
  });
  await usage.replace([series(ADA, HOSTS.length), ...scopes]);
  const sites = { isis: ["IDAaaS", "LONE", "NOBODYS"] };
  handler = createHandler({ usage, sites, clock: () => NOW });
});

describe("a sum of one person", () => {
  const routes = (scope: string): string[] => [
    `/v1/history?scope=${scope}`,
    `/v1/explain?scope=${scope}`,
    `/v1/heatmap?scope=${scope}`,
    `/v1/sites/isis/machines?within=${scope}`,
  ];
  it.each(["group:solo", "project:LONE", "machine:Laser"])(
    "of %s is shown to that person and operators",
    async (scope) => {
      const own = scope === "machine:Laser" ? { user: "chidi" } : amara;
      for (const path of routes(scope)) {
        expect((await ask(path)).status, path).toBe(403);
        expect((await ask(path, bjorn)).status, path).toBe(403);
        expect((await ask(path, own)).status, path).toBe(200);
        expect((await ask(path, root)).status, path).toBe(200);
      }
    },
  );

  it("is no matter where two have something, or nobody is known", async () => {
    for (const scope of [
      "group:pair",
      "machine:Muon",
      "project:IDAaaS",
      "project:NOBODYS",
      "site:isis",
      "ada",
    ])
      expect((await ask(`/v1/history?scope=${scope}`)).status, scope).toBe(200);
  });

  it("is in lists as the rest, and in no list over all sites and no metric", async () => {
    const names = async (path: string, viewer?: Viewer): Promise<string[]> =>
      (await ask(path, viewer)).body.owners.map(({ name }) => name).sort();
    expect(await names(`/v1/sites/isis/groups?${DAY}`)).toEqual(["pair", "unattributed"]);
    expect((await ask(`/v1/sites/isis/groups?${DAY}`)).body.rest).toEqual({ count: 1, totals: null });
    expect(await names(`/v1/sites/isis/groups?${DAY}`, amara)).toEqual(["pair", "solo", "unattributed"]);
    expect(await names(`/v1/sites/isis/groups?${DAY}`, root)).toEqual(["pair", "solo", "unattributed"]);
    expect(await names(`/v1/groups?${DAY}`, bjorn)).toEqual(["pair", "unattributed"]);
    expect(await names(`/v1/projects?${DAY}`)).toEqual(["IDAaaS", "NOBODYS"]);
    const metrics = (await ask("/metrics")).text;
    expect(metrics).toContain('name="pair"');
    expect(metrics).not.toMatch(/name="(solo|LONE|Laser)"/);
  });
});
