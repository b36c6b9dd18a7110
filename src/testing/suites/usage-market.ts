import type { UsageStore } from "../../stores/usage-store.js";
import { hasMarket, marketBased } from "../../usage/market.js";
import type { MarketIntensity, Provenance } from "../../usage/provenance.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { mergeSeries, numberAt, type UsageSeries } from "../../usage/series.js";
import { expectEqual } from "./expect.js";
import { ALL_SAMPLES, HOST, marked, sampleHours } from "./samples.js";
import { expectSeries, project, type UsageSuite } from "./usage-tools.js";

const PLAIN: Provenance = { library: "0.1.0", model: "m", intensity: null };
const CONTRACT: MarketIntensity = {
  kind: "actual",
  source: "file/contract.csv",
  basis: "average lifecycle consumption losses-excluded market co2e",
  updatedAt: 1_757_500_000_123,
  fetchedAt: 5,
  settled: true,
  gco2eqPerKwh: 41.1,
};

/** What an hour's electricity was bought as is read back as it was, and where nothing was said of it, nothing is. */
export function marketTests({ suite, options: { tolerance = 0 } }: UsageSuite): void {
  suite.add("keeps the market-based intensity of hours, and that there is none", async (store) => {
    const { updatedAt: _, basis: __, ...bare } = CONTRACT;
    const markets: (MarketIntensity | undefined)[] = [
      undefined,
      CONTRACT,
      { ...CONTRACT, gco2eqPerKwh: 0 },
      { ...CONTRACT, gco2eqPerKwh: Number.MIN_VALUE },
      { ...CONTRACT, gco2eqPerKwh: 1 / 3, settled: false },
      { ...bare, kind: "fallback", source: "constant/41", fetchedAt: null },
      { ...bare, source: "", updatedAt: 0, basis: "" },
    ];
    const all = [ADA, project("IDAaaS"), { kind: "host", name: "host-1:9100" } as const].map((scope) =>
      bought(scope, markets),
    );
    await store.replace(all);
    for (const series of all) await expectKept(store, series, tolerance);
  });

  suite.add("keeps a market-based intensity that is another in every hour", async (store) => {
    const markets = Array.from({ length: 500 }, (_, i) => ({ ...CONTRACT, gco2eqPerKwh: i / 7 }));
    const series = bought(ADA, markets);
    await store.replace([series]);
    await expectKept(store, series, tolerance);
    const sum = (grams: Float64Array): number => grams.reduce((total, value) => total + value, 0);
    const stored = marketBased(await store.read(ADA, ALL_SAMPLES));
    expectEqual(sum(stored.busyGco2eq), sum(marketBased(series).busyGco2eq), "its grams");
  });

  suite.add("replaces a market-based intensity by another, by none, and back", async (store) => {
    const before = bought(ADA, [CONTRACT, CONTRACT, CONTRACT]);
    await store.replace([before]);
    const changed = bought(ADA, [undefined, { ...CONTRACT, gco2eqPerKwh: 12 }]);
    await store.replace([changed]);
    await expectKept(store, mergeSeries(before, changed), tolerance);
    await store.replace([before]);
    await expectKept(store, before, tolerance);
  });
}

/** Rows with these market-based intensities, in this order. */
function bought(scope: Scope, markets: readonly (MarketIntensity | undefined)[]): UsageSeries {
  const host = scope.kind === "host" ? { host: HOST } : {};
  return {
    ...marked(scope, sampleHours(markets.length), 1),
    provenance: markets.map((market) => ({ ...PLAIN, ...(market && { market }), ...host })),
  };
}

async function expectKept(store: UsageStore, expected: UsageSeries, tolerance: number): Promise<void> {
  const stored = await store.read(expected.scope, ALL_SAMPLES);
  expectSeries(stored, expected, "rows that were bought", tolerance);
  expectEqual(hasMarket(stored), true, "whether there is a market-based ledger");
  for (const [i, { market }] of stored.provenance.entries()) {
    const given = expected.provenance[i]?.market;
    expectEqual(Object.keys(market ?? {}).sort(), Object.keys(given ?? {}).sort(), `its members in row ${i}`);
    const grams = numberAt(marketBased(stored).idleGco2eq, i);
    if (given === undefined) expectEqual(grams, Number.NaN, `grams of row ${i}, of which nothing is known`);
  }
}
