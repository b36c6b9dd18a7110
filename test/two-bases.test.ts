import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ADA,
  type AverageStore,
  emptySeries,
  finishedHours,
  HOUR_MS,
  type Scope,
  type UsageSeries,
  type UsageStore,
} from "ada-carbon";
import { type MachineMeans, machineMeans, rebuildAverages, repairAverages } from "ada-carbon/averages";
import { fileUsageStore } from "ada-carbon/files";
import { createHandler } from "ada-carbon/http";
import { memoryAverageStore, memoryUsageStore } from "ada-carbon/memory";
import { explain, UsageReader, usageTable } from "ada-carbon/reports";
import { rollup, tallyOf, yearHeatmap } from "ada-carbon/timeseries";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { keepPruned, replaceRows } from "../src/averages/keep.js";
import { compared } from "../src/reports/history.js";
import { knownTotals } from "../src/reports/known-totals.js";
import { sumOfTotals } from "../src/reports/owner-list.js";
import { cli, FROM, folder, out, SPAN, server, syncArgs } from "./support/cli-lab.js";

// A store that holds hours of two bases, as an older version or an import may have left it. Its kWh are numbers; its grams
// have no sum, and whoever shows them says why.

const DIRECT = "average direct consumption losses-included location co2";
const LIFECYCLE = "average lifecycle consumption losses-excluded location co2e";
const DAY = { from: FROM, to: FROM + 6 * HOUR_MS };
const HOURS = finishedHours(DAY, FROM + 99 * HOUR_MS);

/** Two hours of the GB service as older versions stored them, one of a constant, one of a source that does not say, two of a file. */
function hours(scope: Scope, bases: readonly (string | "gb" | "constant" | "silent")[]): UsageSeries {
  const series = emptySeries(scope, HOURS, {
    library: "0.1.0",
    model: "per-core/1 busy=12W idle=1W",
    intensity: null,
  });
  HOURS.forEach((_, i) => {
    const basis = bases[i] ?? "silent";
    series.busyCpuSeconds[i] = 3600;
    series.idleCpuSeconds[i] = 3600;
    series.busyKwh[i] = 1;
    series.idleKwh[i] = 0.5;
    series.busyGco2eq[i] = 200;
    series.idleGco2eq[i] = 100;
    series.gco2eqPerKwh[i] = 200;
    series.coverage[i] = 1;
    series.status[i] = "processed";
    const about = { fetchedAt: 0, settled: true } as const;
    const sources = {
      gb: { kind: "actual", source: "gb-carbon-intensity/national", ...about },
      constant: { kind: "fallback", source: "constant", ...about },
      silent: { kind: "actual", source: "my-own", ...about },
    } as const;
    const intensity =
      basis in sources
        ? sources[basis as keyof typeof sources]
        : ({ kind: "actual", source: "file/grid.csv", basis, ...about } as const);
    series.provenance[i] = { ...(series.provenance[i] ?? { library: "", model: null }), intensity };
  });
  return series;
}

const MIXED = ["gb", "gb", "constant", "silent", LIFECYCLE, LIFECYCLE];
const IDA: Scope = { kind: "project", name: "IDAaaS" };
const CDA: Scope = { kind: "project", name: "CDAaaS" };

async function mixedFolder(): Promise<void> {
  const store = fileUsageStore(out);
  await store.replace([hours(ADA, MIXED), hours(IDA, MIXED), hours({ kind: "user", name: "amara" }, MIXED)]);
  await store.close();
}

describe("sums over two bases", () => {
  it("have kWh and no grams, in all, by hour and by day, and say which bases they are", () => {
    const series = hours(ADA, MIXED);
    const tally = tallyOf(series, DAY);
    expect(tally).toMatchObject({ busyKwh: 6, idleKwh: 3, busyGco2eq: null, idleGco2eq: null });
    expect(tally.perHour.busyGco2eq).toBeNull();
    expect([tally.bases, tally.hoursOfUnknownBasis]).toEqual([[DIRECT, LIFECYCLE], 2]);
    expect(rollup(series, DAY, "hour").map(({ busyGco2eq }) => busyGco2eq)).toEqual(Array(6).fill(200));
    expect(rollup(series, DAY, "hour").map(({ bases }) => bases)).toEqual([
      [DIRECT],
      [DIRECT],
      [],
      [],
      [LIFECYCLE],
      [LIFECYCLE],
    ]);
    expect(rollup(series, DAY, "day")[0]).toMatchObject({ busyKwh: 6, busyGco2eq: null });
    const before = { series: hours(ADA, Array(6).fill(DIRECT)), interval: DAY };
    const other = { series: hours(ADA, Array(6).fill(LIFECYCLE)), interval: DAY };
    expect(compared(before, other)).toMatchObject({ kwh: [9, 9], gco2eq: null });
    expect(compared(before, before)).toMatchObject({ kwh: [9, 9], gco2eq: [1800, 1800] });
    const both = sumOfTotals([before, other].map((one) => knownTotals(one.series, DAY)));
    expect(both).toMatchObject({
      busyKwh: 12,
      busyGco2eq: null,
      gco2eq: { gco2eq: null, low: null, high: null },
    });
    const [square] = yearHeatmap(series, 2025, { metric: "carbon" }).filter(
      ({ date }) => date === "2025-09-10",
    );
    expect(square).toMatchObject({ value: null, coverage: 0.25, basis: `${DIRECT} + ${LIFECYCLE}` });
  });

  it("of one basis and of hours that do not say theirs are numbers, and the latter are counted", () => {
    const tally = tallyOf(hours(ADA, ["gb", "gb", "constant", "silent", DIRECT, DIRECT]), DAY);
    expect(tally).toMatchObject({ busyGco2eq: 1200, bases: [DIRECT], hoursOfUnknownBasis: 2 });
  });

  it("of an hour that itself rests on two are none either", () => {
    const series = hours(ADA, Array(6).fill(`${DIRECT} + ${LIFECYCLE}`));
    expect(tallyOf(series, DAY)).toMatchObject({ busyKwh: 6, busyGco2eq: null, bases: [DIRECT, LIFECYCLE] });
    expect(rollup(series, DAY, "hour")[0]).toMatchObject({ busyKwh: 1, busyGco2eq: null });
  });

  it("of two ledgers are kept apart: what was bought may be of two bases, too", () => {
    const series = hours(ADA, Array(6).fill(DIRECT));
    const bought = (basis: string) =>
      ({
        kind: "actual",
        source: "file/c.csv",
        basis,
        gco2eqPerKwh: 40,
        fetchedAt: 0,
        settled: true,
      }) as const;
    const [residual, contract] = [
      LIFECYCLE.replace("location", "market"),
      DIRECT.replace("location", "market"),
    ];
    const ofBought = (bases: readonly string[]): UsageSeries => ({
      ...series,
      provenance: series.provenance.map((one, i) => {
        const basis = bases[i];
        return basis === undefined ? one : { ...one, market: bought(basis) };
      }),
    });
    const one = tallyOf(ofBought([residual, residual]), DAY);
    expect(one.market).toEqual({
      ...{ busyGco2eq: 80, idleGco2eq: 40, hoursWithoutCarbon: 4 },
      ...{ bases: [residual], hoursOfUnknownBasis: 0 },
    });
    const two = ofBought([residual, contract]);
    const mixed = { busyGco2eq: null, idleGco2eq: null, bases: [contract, residual] };
    expect(tallyOf(two, DAY)).toMatchObject({ busyGco2eq: 1200, bases: [DIRECT], market: mixed });
    const both = [ofBought([residual]), ofBought([contract])].map((each) => knownTotals(each, DAY));
    expect(sumOfTotals(both)).toMatchObject({ busyGco2eq: 2400, market: mixed });
    expect(rollup(two, DAY, "hour")[1]?.market).toMatchObject({ busyGco2eq: 40, bases: [contract] });
  });

  it("of projects of two bases in the same hours are none, and the reply says why", async () => {
    const store = memoryUsageStore();
    await store.replace([
      hours(ADA, Array(6).fill("silent")),
      hours(IDA, Array(6).fill(DIRECT)),
      hours(CDA, Array(6).fill(LIFECYCLE)),
    ]);
    const site = await new UsageReader(store).projects(["IDAaaS", "CDAaaS"], DAY);
    expect(tallyOf(site, DAY)).toMatchObject({ busyKwh: 12, busyGco2eq: null, bases: [DIRECT, LIFECYCLE] });
    expect(site.busyGco2eq[0]).toBeNaN();
  });

  it("are said by report, top and the table of usage", async () => {
    await mixedFolder();
    const why = /gCO2eq: of 2 bases, which are never added: average, direct, .*; and average, lifecycle, /;
    const plain = (text: string): string => text.replace(/\s+/g, " ");
    for (const args of [["report"], ["report", "--scope", "user"], ["top", "users"]]) {
      const { stdout, status } = await cli([...args, "--out", out]);
      expect([status, plain(stdout)]).toEqual([0, expect.stringMatching(why)]);
    }
    const { total, basis } = JSON.parse((await cli(["report", "--out", out, "--json"])).stdout);
    expect(total).toMatchObject({
      busyKwh: 6,
      busyGco2eq: null,
      bases: [DIRECT, LIFECYCLE],
      hoursOfUnknownBasis: 2,
    });
    expect(basis).toMatch(/^of 2 bases/);
    const bounded = await cli(["report", "--out", out, "--bounds", "1"]);
    expect(bounded.stdout).toMatch(/bounds: \d[^,]*kWh, - gCO2eq/);
    const csv = await cli(["report", "--out", out, "--by", "hour", "--format", "csv"]);
    const rows: { basis: string; gco2eq: string }[] = parse(csv.stdout, { columns: true });
    expect(rows.map((row) => [row.basis, row.gco2eq])).toContainEqual([DIRECT, "300"]);
    const store = fileUsageStore(out);
    const table = await usageTable(store, { kind: "project", ...DAY, by: "day" });
    expect(table.rows[0]).toMatchObject({
      ...{ totalKwh: 9, totalGco2eq: null, lowGco2eq: null, highGco2eq: null },
      ...{ basis: `${DIRECT} + ${LIFECYCLE}`, hoursOfUnknownBasis: 2 },
    });
    expect(String(table)).toMatch(why);
    expect(table.display()["text/html"]).toMatch(why);
    await store.close();
  });

  it("are said by every reply of the service that has them", async () => {
    const store = memoryUsageStore();
    await store.replace([hours(ADA, MIXED), hours(IDA, MIXED)]);
    const handler = createHandler({
      usage: store,
      sites: { isis: ["IDAaaS"] },
      clock: () => FROM + 6 * HOUR_MS,
      authorise: () => ({ allow: true, users: "all" }),
    });
    const get = async (path: string) => {
      const reply = await handler(new Request(`http://test/v1${path}`));
      expect([path, reply.status]).toEqual([path, 200]);
      return (await reply.json()) as Record<string, unknown>;
    };
    const span = "from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z";
    const basis = expect.stringMatching(/^of 2 bases, which are never added/);
    const noGrams = { gco2eq: null, low: null, high: null };
    const site = await get(`/history?scope=site:isis&by=day&${span}&beside=before`);
    expect(site).toMatchObject({
      basis,
      totals: { busyKwh: 6, busyGco2eq: null, gco2eq: noGrams, gco2eqPerKwh: null },
    });
    expect(await get(`/sites/isis/totals?${span}`)).toMatchObject({
      basis,
      usage: { busyKwh: 6, idleGco2eq: null },
    });
    const squares = await get("/heatmap?scope=project:IDAaaS&year=2025&metric=carbon");
    const square = { date: "2025-09-10", value: null, basis: `${DIRECT} + ${LIFECYCLE}` };
    expect(squares).toMatchObject({ basis, days: expect.arrayContaining([expect.objectContaining(square)]) });
    expect(await get("/heatmap?scope=project:IDAaaS&year=2025")).toMatchObject({ basis: null });
    const explained = await get(`/explain?scope=project:IDAaaS&${span}`);
    expect(explained).toMatchObject({ basis, gco2eq: noGrams, kwh: { kwh: 9 } });
    expect(explained.notes).toContainEqual(expect.stringMatching(/count different things/));
    expect(explained.notes).toContainEqual(expect.stringMatching(/^The grams of 2 hours do not say/));
    expect(explained.intensity).toContainEqual(
      expect.objectContaining({ source: "file/grid.csv", basis: LIFECYCLE }),
    );
    expect(explained.intensity).toContainEqual(expect.objectContaining({ source: "my-own", basis: null }));
  });
});

describe("owners of two bases", () => {
  /** `amara` and `chidi` are of one basis, `bola` of another, with grams between theirs. */
  async function store(): Promise<UsageStore> {
    const owner = (name: string, basis: string, size: number): UsageSeries => {
      const series = hours({ kind: "user", name }, Array(6).fill(basis));
      for (const column of ["busyGco2eq", "idleGco2eq"] as const)
        series[column].set(series[column].map((grams) => grams * size));
      return series;
    };
    const usage = memoryUsageStore();
    await usage.replace([
      hours(ADA, MIXED),
      owner("amara", DIRECT, 1),
      owner("bola", LIFECYCLE, 2),
      owner("chidi", DIRECT, 3),
    ]);
    return usage;
  }
  const handlerOf = (usage: UsageStore) =>
    createHandler({
      ...{ usage, sites: { isis: ["IDAaaS"] }, clock: () => FROM + 6 * HOUR_MS },
      authorise: () => ({ allow: true, users: "all" }),
    });

  it("are put apart where they are ranked by grams, on all pages of a list, which says why", async () => {
    const handler = handlerOf(await store());
    const names: string[] = [];
    const span = "from=2025-09-10T00:00:00Z&to=2025-09-10T06:00:00Z";
    for (let cursor: string | null = ""; cursor !== null; ) {
      const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const reply = await handler(new Request(`http://test/v1/users?sort=carbon&limit=1&${span}${after}`));
      const page = await reply.json();
      expect(page.basis).toMatch(/^of 2 bases, which are never added/);
      names.push(page.owners[0].name);
      cursor = page.cursor;
    }
    expect(names).toEqual(["chidi", "amara", "bola"]);
  });

  it("are put apart by top, so many of each, with the basis of each", async () => {
    const usage = await store();
    const files = fileUsageStore(out);
    for (const scope of [ADA, ...(await usage.scopes("user"))])
      await files.replace([await usage.read(scope, DAY)]);
    await files.close();
    const { stdout } = await cli(["top", "users", "--out", out, "--by", "carbon", "--limit", "1", "--json"]);
    const { top, basis } = JSON.parse(stdout);
    expect(top.map((row: { name: string; basis: string }) => [row.name, row.basis])).toEqual([
      ["chidi", DIRECT],
      ["bola", LIFECYCLE],
    ]);
    expect(basis).toMatch(/^of 2 bases/);
    const table = await cli(["top", "users", "--out", out, "--by", "carbon"], { columns: 250 });
    expect(table.stdout).toMatch(/chidi.*direct.*\n.*amara.*direct.*\n.*bola.*lifecycle/);
    expect(table.stdout).toMatch(/ranked apart/);
  });

  it("have metrics of their own, and an hour that rests on two has no grams", async () => {
    const usage = await store();
    await usage.replace([hours(IDA, Array(6).fill(`${DIRECT} + ${LIFECYCLE}`))]);
    const handler = handlerOf(usage);
    const samples = async (name: string): Promise<string[]> => {
      const text = await (await handler(new Request("http://test/metrics"))).text();
      return text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes('use="busy"'));
    };
    const last = await samples("ada_carbon_hour_carbon_grams");
    expect(last).toContain(
      `ada_carbon_hour_carbon_grams{kind="user",name="bola",basis="${LIFECYCLE}",use="busy"} 400`,
    );
    expect(last.filter((line) => line.includes("IDAaaS"))).toEqual([]);
    // Hours that are stored from now on, of which one is restated later: it is counted once.
    const counted = async (): Promise<string[]> =>
      (await samples("ada_carbon_carbon_grams_total")).filter(
        (line) => line.includes('kind="ada"') && line.includes("basis="),
      );
    const bases = [...MIXED.slice(0, 4), LIFECYCLE, LIFECYCLE];
    const of = (basis: string): string =>
      `ada_carbon_carbon_grams_total{kind="ada",name="ada",basis="${basis}",use="busy"}`;
    expect(await counted()).toEqual([`${of(DIRECT)} 0`, `${of(LIFECYCLE)} 0`]);
    const later = hours(ADA, bases);
    later.busyGco2eq[5] = 250;
    await usage.replace([later]);
    expect(await counted()).toEqual([`${of(DIRECT)} 0`, `${of(LIFECYCLE)} 50`]);
    await usage.replace([hours(ADA, Array(6).fill(DIRECT))]);
    expect(await counted()).toEqual([`${of(DIRECT)} 0`, `${of(LIFECYCLE)} 50`]);
  });
});

describe("averages of machines", () => {
  const host = {
    ...{
      project: "IDAaaS",
      machine: "Muon",
      user: "amara",
      expectedCpuSeconds: 7200,
      up: null,
      by: "labels",
    },
    owners: [
      {
        ...{ project: "IDAaaS", machine: "Muon", user: "amara", group: "Muons", experiment: "unattributed" },
        ...{ busyShare: 1, idleShare: 1 },
      },
    ],
  };
  const ofHost = (bases: readonly string[]): UsageSeries => {
    const series = hours({ kind: "host", name: "a:9100" }, bases);
    return { ...series, provenance: series.provenance.map((one) => ({ ...one, host })) };
  };
  const ofMuon = async (averages: AverageStore): Promise<MachineMeans> => {
    const known = await averages.get("Muon");
    if (known === undefined) throw new Error("there are no averages");
    return machineMeans(known);
  };

  it("say what their grams count, and have none of two bases, as long as any hour is of the other", async () => {
    const [usage, averages] = [memoryUsageStore(), memoryAverageStore()];
    const mixed = ofHost(MIXED);
    await replaceRows(usage, averages, [mixed], []);
    expect(await ofMuon(averages)).toMatchObject({
      ...{ hours: 6, busyKwh: 1, busyGco2eq: null, idleGco2eq: null },
      ...{ bases: [DIRECT, LIFECYCLE], hoursOfUnknownBasis: 2 },
    });
    const handler = createHandler({
      usage,
      averages,
      sites: {},
      authorise: () => ({ allow: true, users: "all" }),
    });
    const asked = async (query: string) => handler(new Request(`http://test/v1/averages${query}`));
    const { machines } = await (await asked("")).json();
    expect(machines[0]).toMatchObject({ busyGco2eq: null, bases: [DIRECT, LIFECYCLE] });
    expect(await (await asked("?format=csv")).text()).toContain(`,${DIRECT} + ${LIFECYCLE}`);

    const restated = ofHost(Array(6).fill(LIFECYCLE));
    await replaceRows(usage, averages, [restated], [mixed]);
    const one = { busyGco2eq: 200, idleGco2eq: 100, bases: [LIFECYCLE], hoursOfUnknownBasis: 0 };
    expect(await ofMuon(averages)).toMatchObject(one);

    // Hours that were pruned stay what they counted, also where averages are made anew.
    const [, , , before] = HOURS;
    if (before === undefined) throw new Error("there are too few hours");
    await keepPruned(usage, averages, before);
    await usage.remove([{ kind: "host", name: "a:9100" }], { from: 0, to: before });
    await rebuildAverages(usage, averages, ["Muon"]);
    expect(await ofMuon(averages)).toMatchObject({ ...one, hours: 6 });
    const left = ofHost(Array(6).fill(LIFECYCLE));
    await replaceRows(usage, averages, [ofHost(Array(6).fill(DIRECT))], [left]);
    expect(await ofMuon(averages)).toMatchObject({ busyGco2eq: null, bases: [DIRECT, LIFECYCLE] });
  });

  it("of an older version are made anew, and given ones do not say", async () => {
    const [usage, averages] = [memoryUsageStore(), memoryAverageStore()];
    const one = ofHost(Array(6).fill(DIRECT));
    await replaceRows(usage, averages, [one, { ...one, scope: { kind: "machine", name: "Muon" } }], []);
    const known = await averages.get("Muon");
    if (known === undefined) throw new Error("there are no averages");
    await averages.put([{ ...known, learnt: { isStale: false } }]);
    expect(await ofMuon(averages)).toMatchObject({ bases: [], hoursOfUnknownBasis: 6 });
    expect(await repairAverages(usage, averages)).toEqual(["Muon"]);
    expect(await ofMuon(averages)).toMatchObject({ bases: [DIRECT], hoursOfUnknownBasis: 0 });
    expect(await repairAverages(usage, averages)).toEqual([]);
    const { learnt: _, ...given } = known;
    await averages.put([given]);
    expect(await ofMuon(averages)).toMatchObject({ busyGco2eq: 200, bases: [], hoursOfUnknownBasis: 6 });
  });
});

describe("the basis of one hour", () => {
  it("is in its explanation, and said to be unknown where it is", async () => {
    await mixedFolder();
    const at = (hour: number): string[] => [
      "--hour",
      new Date(FROM + hour * HOUR_MS).toISOString(),
      "--scope",
      "ada",
    ];
    const shown = async (hour: number): Promise<string> =>
      (await cli(["explain", "--out", out, ...at(hour)], { columns: 200 })).stdout;
    expect(await shown(0)).toMatch(
      /basis {6}average, direct, consumption, losses included, location-based, CO2\n/,
    );
    expect(await shown(3)).toMatch(/basis {6}not known\n/);
    const store = fileUsageStore(out);
    expect((await explain(store, ADA, FROM + 4 * HOUR_MS)).basis).toMatch(/^average, lifecycle/);
    await store.close();
  });
});

describe("when a source last changed its value", () => {
  it("is a time in the explanation, of both ledgers", async () => {
    const at = Date.UTC(2025, 8, 12);
    const known = { kind: "actual", source: "x", updatedAt: at, fetchedAt: at, settled: true } as const;
    const provenance = {
      library: "",
      model: null,
      intensity: { ...known, basis: LIFECYCLE },
      market: { ...known, basis: LIFECYCLE.replace("location", "market"), gco2eqPerKwh: 41 },
    };
    const series = { ...hours(ADA, []), provenance: HOURS.map(() => provenance) };
    const store = fileUsageStore(out);
    await store.replace([series]);
    await store.close();
    const hour = new Date(FROM).toISOString();
    const { stdout } = await cli(["explain", "--out", out, "--scope", "ada", "--hour", hour, "--json"]);
    const written = { updatedAt: "2025-09-12T00:00:00Z", fetchedAt: "2025-09-12T00:00:00Z" };
    expect(JSON.parse(stdout).provenance).toMatchObject({ intensity: written, market: written });
  });
});

describe("the command line with a grid of another basis", () => {
  it("refuses it, restates all hours at once, and goes on with it", async () => {
    const plain = (text: string): string => text.replace(/\s+/g, " ");
    const ended = async (args: readonly string[]): Promise<readonly [number, string]> => {
      const { status, stdout, stderr } = await cli(args);
      return [status, plain(stdout + stderr)];
    };
    const path = join(folder, "grid.csv");
    writeFileSync(path, "# basis: lifecycle, consumption\nyear,gco2e_per_kwh\n2025,200\n");
    const grid = ["--grid", `file:${path}`];
    const sync = ["sync", "--prometheus", server.prometheusUrl, ...SPAN, "--out", out];
    const restate = (...span: string[]): string[] => ["restate", "--again", "--out", out, ...grid, ...span];
    const shown = await ended(syncArgs());
    expect(shown).toEqual([0, expect.stringContaining("gCO2eq: direct, consumption, losses included, CO2.")]);
    expect(await ended([...sync, ...grid])).toEqual([
      1,
      expect.stringMatching(
        /never added.*ada-carbon restate --again --from 2025-09-10T00:00:00Z --to 2025-09-10T06:00/,
      ),
    ]);
    const some = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-10T02:00:00Z"];
    const refused = /4 stored hours outside the interval .* would stay average direct/;
    expect(await ended(restate(...some))).toEqual([1, expect.stringMatching(refused)]);
    expect(await ended(restate(...some, "--dry-run"))).toEqual([0, expect.stringMatching(refused)]);
    expect(await ended(restate(...SPAN))).toEqual([
      0,
      expect.stringMatching(
        /grams of 6 hours counted: average, direct, .* CO2; they count: average, lifecycle, .* CO2e/,
      ),
    ]);
    const after = await ended(["report", "--out", out]);
    expect(after).toEqual([
      0,
      expect.stringContaining("gCO2eq: lifecycle, consumption, losses excluded, CO2e."),
    ]);
    expect((await ended([...sync, ...grid]))[0]).toBe(0);
  });
});
