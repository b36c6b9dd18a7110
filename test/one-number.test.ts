import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DAY_MS,
  formatInstant,
  formatScope,
  HOUR_MS,
  type Interval,
  QUANTITIES,
  restate,
  SCOPE_KINDS,
  type Scope,
  type ScopeKind,
  type SyncOptions,
} from "ada-carbon";
import { fileUsageStore } from "ada-carbon/files";
import { createHandler } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import { UsageReader } from "ada-carbon/reports";
import type { ClusterOptions, Fault } from "ada-carbon/testing";
import { rollup, type Sums, type Tally } from "ada-carbon/timeseries";
import { afterEach, describe, expect, it } from "vitest";
import type { UsageStore } from "../src/stores/usage-store.js";
import { cli } from "./support/cli-lab.js";
import { coversHour, FROM, HOSTS, INTERVAL, isCpu, LATER, world } from "./support/world.js";

// One number, whichever way it is asked for: what the library, the command line and the HTTP service say of the same
// hours is the same to the last bit. The hours are awkward ones.

/** Two hours before anything was stored, and two that nobody has looked at yet. */
const ASKED: Interval = { from: FROM - 2 * HOUR_MS, to: INTERVAL.to + 2 * HOUR_MS };
const SITES = { isis: ["IDAaaS"], clf: ["CDAaaS"], all: ["IDAaaS", "CDAaaS"] } as const;
type Site = keyof typeof SITES;

const up = (from: number, to: number): { incarnations: Interval[] } => ({
  incarnations: [{ from: FROM + from * HOUR_MS, to: FROM + to * HOUR_MS }],
});
const unseen = (from: number, to: number): { outages: Interval[] } => ({
  outages: [{ from: FROM + from * HOUR_MS, to: FROM + to * HOUR_MS }],
});
const [, , laser] = HOSTS;

/** amara works at two sites; chidi's host was not scraped for two hours; bjorn's was up for half an hour. */
const AWKWARD: Partial<ClusterOptions> = {
  hosts: [
    ...HOSTS,
    { ...laser, project: "IDAaaS", machine: "Muon", instance: "d:9100", user: "chidi", ...unseen(1.2, 3.3) },
    { ...laser, project: "IDAaaS", machine: "Muon", instance: "e:9100", user: "bjorn", ...up(4, 4.5) },
    { ...laser, instance: "f:9100", user: "chidi", ...up(-24, 2) },
    { ...laser, instance: "g:9100", user: "dorota", machine: "Muon", ...unseen(0, 6.5) },
  ],
};

const TENURES: Partial<SyncOptions> = {
  tenures: {
    source: {
      id: "bookings",
      tenures: async () => [
        { host: "a:9100", from: FROM, to: FROM + 2.4 * HOUR_MS, user: "bjorn", experiment: "RB1" },
        { host: "c:9100", from: FROM + HOUR_MS, to: null, user: "amara", group: "Muons", experiment: "RB2" },
      ],
    },
  },
};

const TOO_MUCH: Fault = {
  status: 422,
  body: '{"status":"error","errorType":"execution","error":"query processing would load too many samples"}',
};

interface Place {
  readonly store: UsageStore;
  readonly folder: string;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Hours in a folder. The grid does not know the last of them; the fourth could not be had. */
async function synced(cluster: Partial<ClusterOptions>, options: Partial<SyncOptions>): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-one-number-"));
  folders.push(folder);
  const store = fileUsageStore(folder);
  const made = await world(cluster);
  made.grid = { missing: [{ from: INTERVAL.to - HOUR_MS, to: INTERVAL.to }] };
  made.fault = (request) => (isCpu(request) && coversHour(request, 3) ? TOO_MUCH : undefined);
  await made.run(store, options);
  return { store, folder };
}

/** Without what is worked out from the sums. */
function onlySums(totals: Sums): Sums {
  const { busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq } = totals;
  const { coverage, hours, hoursMissing, hoursIncomplete, hoursWithoutCarbon, hoursProvisional } = totals;
  const { bases, hoursOfUnknownBasis } = totals;
  return {
    ...{ busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh, busyGco2eq, idleGco2eq },
    ...{ coverage, hours, hoursMissing, hoursIncomplete, hoursWithoutCarbon, hoursProvisional },
    ...{ bases, hoursOfUnknownBasis },
  };
}

/** What the HTTP service lists, by name. */
async function listed(store: UsageStore, path: string): Promise<Map<string, Sums>> {
  const handler = createHandler({
    usage: store,
    sites: SITES,
    clock: () => LATER,
    authorise: () => ({ allow: true, users: "all" }),
  });
  const interval = `from=${formatInstant(ASKED.from)}&to=${formatInstant(ASKED.to)}`;
  const reply = await handler(new Request(`http://test/v1${path}?${interval}`));
  const body = (await reply.json()) as {
    owners?: { name: string; totals: Sums }[];
    usage?: Sums;
    totals?: Sums;
  };
  const owners = (body.owners ?? []).map(({ name, totals }): [string, Sums] => [name, onlySums(totals)]);
  const whole = body.usage ?? body.totals;
  return new Map(whole === undefined ? owners : [...owners, ["the whole", whole]]);
}

async function reported(folder: string, scope: Scope, by: string): Promise<{ total: Tally; bins: Tally[] }> {
  const flags = ["--from", formatInstant(ASKED.from), "--to", formatInstant(ASKED.to), "--by", by, "--json"];
  const ended = await cli(["report", "--out", folder, "--scope", formatScope(scope), ...flags]);
  // Hours that are wanting are said, and only they.
  expect(ended.stderr).toMatch(/^(warning: of \d+ hours asked for: .*\n)?$/);
  return JSON.parse(ended.stdout) as { total: Tally; bins: Tally[] };
}

const LISTS: Partial<Record<ScopeKind, string>> = {
  project: "projects",
  machine: "machines",
  user: "users",
  group: "groups",
  experiment: "experiments",
};
const withoutMeans = ({ perHour, ...sums }: Tally): Sums => sums;
/** Largest relative difference between two parts and the whole. */
const difference = (a: Sums, b: Sums, whole: Sums | undefined): number =>
  Math.max(
    ...QUANTITIES.map((name) => Math.abs(((a[name] ?? 0) + (b[name] ?? 0)) / (whole?.[name] ?? 0) - 1)),
  );
/** Without the names of a bin. */
const sumsOf = (tally: Tally): unknown => {
  const { label, from, to, ...rest } = JSON.parse(JSON.stringify(tally)) as Record<string, unknown>;
  return rest;
};

describe.each([
  ["by labels", AWKWARD, {}],
  ["by tenures", AWKWARD, TENURES],
  ["of drawn hosts", { hosts: 16, seed: 4, projects: ["IDAaaS", "CDAaaS"] }, {}],
  ["of other drawn hosts", { hosts: 16, seed: 11, projects: ["IDAaaS", "CDAaaS"] }, {}],
] as const)("hours %s", (_, cluster, options) => {
  it("have one number each in the library, the command line and the lists", async () => {
    const { store, folder } = await synced(cluster as Partial<ClusterOptions>, options);
    const reader = new UsageReader(store);
    for (const kind of SCOPE_KINDS) {
      const path = LISTS[kind];
      const list = path === undefined ? undefined : await listed(store, `/${path}`);
      for (const scope of await store.scopes(kind)) {
        const totals = await reader.totals(scope, ASKED);
        const series = await reader.series(scope, ASKED);
        const [year] = rollup(series, ASKED, "year");
        expect(sumsOf(year as Tally), formatScope(scope)).toEqual(totals);
        const report = await reported(folder, scope, "hour");
        expect(report.total, formatScope(scope)).toEqual(totals);
        expect(report.bins.map(sumsOf)).toEqual(rollup(series, ASKED, "hour").map(sumsOf));
        if (list !== undefined)
          expect(list.get(scope.name), formatScope(scope)).toEqual(withoutMeans(totals));
      }
    }
    await store.close();
  });

  it("have the same number at a site as everywhere, for who was only there", async () => {
    const { store } = await synced(cluster as Partial<ClusterOptions>, options);
    const projects = await listed(store, "/projects");
    for (const [site, names] of Object.entries(SITES) as [Site, readonly string[]][]) {
      const totals = await listed(store, `/sites/${site}/totals`);
      const whole = totals.get("the whole");
      if (names.length === 1) expect(whole).toEqual(projects.get(names[0] ?? ""));
      for (const path of Object.values(LISTS)) {
        const list = await listed(store, `/sites/${site}/${path}`);
        const everywhere = await listed(store, `/${path}`);
        const elsewhere = await listed(store, `/sites/${site === "isis" ? "clf" : "isis"}/${path}`);
        for (const [name, sums] of list) {
          const [all, other] = [everywhere.get(name), elsewhere.get(name)];
          if (site === "all" || other === undefined) expect(sums, `${name} of ${site}`).toEqual(all);
          else expect(difference(sums, other, all), `${name} of ${site}`).toBeLessThan(1e-9);
        }
        const kwh = [...list.values()].reduce((sum, { busyKwh }) => sum + (busyKwh ?? 0), 0);
        if (list.size > 0) expect(Math.abs(kwh / (whole?.busyKwh ?? 0) - 1), path).toBeLessThan(1e-9);
      }
    }
    await store.close();
  });

  it("do not change when they are restated with nothing to change", async () => {
    const { store } = await synced(cluster as Partial<ClusterOptions>, options);
    expect((await restate({ store, interval: INTERVAL })).changed).toEqual([]);
    await store.close();
  });
});

describe("what is known", () => {
  it("of a sparse user is the same everywhere: idle hours are zeros, unseen ones lower the coverage", async () => {
    const { store } = await synced(AWKWARD, {});
    const users = await listed(store, "/users");
    const ofSite = await listed(store, "/sites/isis/users");
    // Six hours were asked for, of which one could not be had; two before and two after were not.
    expect(users.get("bjorn")).toMatchObject({ hours: 10, hoursMissing: 5 });
    expect(ofSite.get("bjorn")).toEqual(users.get("bjorn"));
    const [bjorn, chidi] = [users.get("bjorn"), ofSite.get("chidi")];
    expect(chidi?.coverage).toBeLessThan((bjorn?.coverage ?? 0) - 0.05);
    // dorota's host was never scraped in that time: its counters say what it used, and not when.
    expect(users.get("dorota")?.coverage).toBe(0);
    expect(users.get("dorota")?.busyKwh).toBeGreaterThan(0);
    expect((await listed(store, "/sites/clf/users")).get("dorota")).toEqual(users.get("dorota"));
    await store.close();
  });

  it("of a time without any row is null, and of a scope that was never stored an error with the nearest names", async () => {
    const { store, folder } = await synced(AWKWARD, {});
    const reader = new UsageReader(store, { where: folder });
    const before = { from: FROM - 3 * DAY_MS, to: FROM - 2 * DAY_MS };
    for (const scope of [
      { kind: "ada", name: "ada" },
      { kind: "user", name: "bjorn" },
      { kind: "project", name: "IDAaaS" },
    ] as const) {
      const totals = await reader.totals(scope, before);
      expect(totals).toMatchObject({ busyKwh: null, idleGco2eq: null, hoursMissing: 24, coverage: 0 });
    }
    await expect(reader.series({ kind: "project", name: "IDAAS" }, ASKED)).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringMatching(/project:IDAAS has no stored hour in .*; stored are project:IDAaaS, /),
    });
    await expect(reader.series({ kind: "projekt", name: "IDAaaS" } as never)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/"projekt" is not a kind of scope; there are ada, project, /),
    });
    await expect(reader.series({ kind: "user", name: "" })).rejects.toMatchObject({ code: "bad-input" });
    await expect(new UsageReader(memoryUsageStore()).series({ kind: "user", name: "x" })).rejects.toThrow(
      /no user is stored there/,
    );
    await store.close();
  });
});
