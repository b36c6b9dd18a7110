import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileUsageStore } from "ada-carbon/files";
import { createHandler } from "ada-carbon/http";
import { describe, expect, it } from "vitest";
import { cli, folder, out } from "./support/cli-lab.js";
import { ROOT } from "./support/markdown.js";

// Market-based grams beside location-based ones, through the commands and over HTTP. The contract of the example has 41
// gCO2eq/kWh in September 2025.

const BOUGHT = 41;
const MARKET = ["--market", `file:${join(ROOT, "examples/market.csv")}`];
const DAY = ["--from", "2025-09-10T00:00:00Z", "--to", "2025-09-11T00:00:00Z"];
const SYNC = ["sync", "--demo", ...DAY];

async function succeeds(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli([...args, "--out", out]);
  expect([args.join(" "), status, stderr]).toEqual([args.join(" "), 0, expect.not.stringMatching(/warning/)]);
  return stdout;
}

interface Total {
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly busyGco2eq: number;
  readonly market?: { readonly busyGco2eq: number; readonly idleGco2eq: number };
}

/** What the day comes to for every scope of a kind, by its name. */
async function totalsOf(kind: string): Promise<Record<string, Total>> {
  const document = JSON.parse(await succeeds("report", "--scope", kind, ...DAY, "--json"));
  if (kind === "ada") return { ada: document.bins[0] };
  const scopes: { scope: string; total: Total }[] = document.scopes;
  return Object.fromEntries(scopes.map(({ scope, total }) => [scope, total]));
}

async function everyTotal(): Promise<Record<string, Total>> {
  const kinds = ["ada", "project", "user", "machine", "group", "host"];
  return Object.assign({}, ...(await Promise.all(kinds.map(totalsOf))));
}

/** Every scope's second ledger is its energy times what was bought. */
function expectBought(totals: Record<string, Total>, grams = BOUGHT): void {
  expect(Object.keys(totals).length).toBeGreaterThan(30);
  for (const { busyKwh, idleKwh, market } of Object.values(totals)) {
    expect(market?.busyGco2eq).toBeCloseTo(grams * busyKwh, 9);
    expect(market?.idleGco2eq).toBeCloseTo(grams * idleKwh, 9);
  }
}
const BY_CONTRACT = /gCO2eq \(market\): lifecycle, .*market-based, CO2e\./;
const withoutMarket = (totals: Record<string, Total>): unknown =>
  Object.entries(totals).map(([name, { market: _, busyKwh, idleKwh, busyGco2eq }]) => [
    name,
    [busyKwh, idleKwh, busyGco2eq],
  ]);

describe("the example's contract", () => {
  it("is reported, ranked and explained beside the grid", async () => {
    const synced = await succeeds(...SYNC, ...MARKET);
    expect(synced).toMatch(/gCO2eq \(location\) +gCO2eq \(market\)/);
    const totals = await everyTotal();
    expectBought(totals);

    const report = await succeeds("report", ...DAY);
    expect(report).toMatch(/gCO2eq \(location\) +gCO2eq \(market\)/);
    expect(report).toMatch(/gCO2eq \(location-based\), [\d,.]+ gCO2eq \(market-based\): about/);
    for (const printed of [synced, report, await succeeds("top", "users")])
      expect(printed).toContain("(location): by the grid's intensity. (market): by that of what was bought.");
    const csv = await succeeds("report", ...DAY, "--format", "csv");
    expect(csv).toMatch(/gco2eq,marketGco2eq.*,basis,marketBasis/);
    expect(csv).toMatch(/,average direct .* location co2,average .* market co2e?,/);

    // What both count is said of both.
    const [byGrid, byContract] = [
      /gCO2eq \(location\): direct, consumption, losses included, CO2\./,
      BY_CONTRACT,
    ];
    for (const command of ["report", "rollup", "top users", "report --scope user"]) {
      const printed = await succeeds(...command.split(" "), ...DAY);
      expect(printed).toMatch(byGrid);
      expect(printed).toMatch(byContract);
      const document = JSON.parse(await succeeds(...command.split(" "), ...DAY, "--json"));
      expect([document.basis, document.marketBasis]).toEqual([
        expect.stringMatching(/location-based/),
        expect.stringMatching(/market-based/),
      ]);
    }

    const rolled = JSON.parse(await succeeds("rollup", "user", ...DAY, "--by", "day", "--json"));
    for (const { scope, bins } of rolled.scopes) expect(bins[0].market).toEqual(totals[scope]?.market);

    const ranked = JSON.parse(await succeeds("top", "projects", "--by", "market-carbon", "--json")).top;
    const grams: number[] = ranked.map(({ marketGco2eq }: { marketGco2eq: number }) => marketGco2eq);
    expect(grams).toEqual(grams.toSorted((a, b) => b - a));
    for (const { kwh, marketGco2eq } of ranked) expect(marketGco2eq).toBeCloseTo(BOUGHT * kwh, 9);

    const hour = ["--scope", "project:IDAaaS", "--hour", "2025-09-10T09:00:00Z"];
    const explained = await succeeds("explain", ...hour);
    expect(explained).toMatch(/^market .*by 41\.0 gCO2eq\/kWh, actual of file\/example-contract/m);
    expect(explained).toMatch(/^intensity .*actual of gb-carbon-intensity\/national/m);
  });

  it("is added up by DuckDB as by the library itself", async () => {
    await succeeds(...SYNC, ...MARKET);
    for (const kind of ["projects", "hosts"]) {
      const csv = await succeeds("rollup", kind, "--by", "year", "--format", "csv");
      expect(csv).toMatch(/marketGco2eq/);
      const [header] = csv.split("\n");
      const byDuckdb = await succeeds(
        "rollup",
        kind,
        "--by",
        "year",
        "--format",
        "csv",
        "--engine",
        "duckdb",
      );
      expect(byDuckdb.split("\n")[0]).toBe(header);
      expect(byDuckdb.split("\n")).toHaveLength(csv.split("\n").length);
    }
  });

  it("leaves energy and the grid's grams as they are without it, and comes to stored hours later", async () => {
    await succeeds(...SYNC);
    const before = await everyTotal();
    expect(Object.values(before).some(({ market }) => market !== undefined)).toBe(false);
    expect(await succeeds("report", ...DAY)).not.toMatch(/market|location/);
    const ranked = await cli(["top", "projects", "--by", "market-carbon", "--out", out]);
    expect([ranked.status, ranked.stdout, ranked.stderr]).toEqual([
      3,
      "",
      expect.stringMatching(/^ada-carbon: no hour in .* has market-based grams: .* sync --market[^\n]*\n$/),
    ]);
    await succeeds(...SYNC, ...MARKET);
    const after = await everyTotal();
    expectBought(after);
    expect(withoutMarket(after)).toEqual(withoutMarket(before));
  });

  it("is in the replies of the service", async () => {
    await succeeds(...SYNC, ...MARKET);
    const usage = fileUsageStore(out);
    const handler = createHandler({ usage, sites: {}, clock: () => Date.UTC(2025, 8, 12) });
    const ask = async (path: string): Promise<Response> => handler(new Request(`http://test/v1/${path}`));
    const { ada } = await totalsOf("ada");
    const day = "from=2025-09-10T00:00:00Z&to=2025-09-11T00:00:00Z";
    const { totals, bins } = await (await ask(`history?by=hour&${day}`)).json();
    expect(totals.market).toEqual({ ...ada?.market, hoursWithoutCarbon: 0 });
    expect(totals.busyGco2eq).toBe(ada?.busyGco2eq);
    expect(bins.busyMarketGco2eq).toHaveLength(24);
    bins.busyKwh.forEach((kwh: number, i: number) => {
      expect(bins.busyMarketGco2eq[i]).toBeCloseTo(BOUGHT * kwh, 9);
    });
    expect(await (await ask(`history?by=day&${day}&format=csv`)).text()).toMatch(/MarketGco2eq/);
    await usage.close();
  });
});

describe("a contract beside several grids", () => {
  const grid = (name: string, grams: number): string => {
    const path = join(folder, `${name}.csv`);
    writeFileSync(path, `# basis: lifecycle, consumption\nfrom,gco2e_per_kwh\n2025,${grams}\n`);
    return `file:${path}`;
  };
  const gridsOf = (idaaas: number, others: number): string[] => [
    ...["--grid", `IDAaaS=${grid("idaaas", idaaas)}`],
    ...["--grid", grid("others", others)],
  ];
  const expectGrids = (totals: Record<string, Total>, idaaas: number, others: number): void => {
    for (const [name, grams] of [
      ["project:IDAaaS", idaaas],
      ["project:CDAaaS", others],
    ] as const) {
      const total = totals[name];
      expect(total?.busyGco2eq).toBeCloseTo(grams * (total?.busyKwh ?? Number.NaN), 9);
    }
  };

  it("is one for all projects, and stays where hours are restated by other grids or another model", async () => {
    await succeeds(...SYNC, ...gridsOf(100, 300), ...MARKET);
    const synced = await everyTotal();
    expectBought(synced);
    expectGrids(synced, 100, 300);

    await succeeds("restate", ...DAY, "--again", ...gridsOf(200, 400));
    const restated = await everyTotal();
    expectBought(restated);
    expectGrids(restated, 200, 400);

    await succeeds("restate", ...DAY, "--busy-watts", "24");
    const remodelled = await everyTotal();
    expectBought(remodelled);
    expect(remodelled.ada?.busyKwh).toBeCloseTo(2 * (synced.ada?.busyKwh ?? Number.NaN), 9);
    expectGrids(remodelled, 200, 400);

    await succeeds("restate", ...DAY, "--market", "5");
    const corrected = await everyTotal();
    expectBought(corrected, 5);
    expect(withoutMarket(corrected)).toEqual(withoutMarket(remodelled));
  });
});
