import type { IntensityName } from "../../stores/stored-intensities.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { HOUR_MS, type Interval } from "../../usage/hour.js";
import { ADA, SCOPE_KINDS, type Scope } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import { expectEqual } from "./expect.js";
import { ALL_SAMPLES, hourAt, marked, sampleHours, sampleSeries } from "./samples.js";
import { expectStored, namesOf, project, type UsageSuite } from "./usage-tools.js";

const P = project("IDAaaS");

/** What is read, and in which order. */
export function readingTests({ suite, options: { tolerance = 0 } }: UsageSuite): void {
  suite.add("an interval is half-open: it has its start and not its end", async (store) => {
    await store.replace([marked(P, sampleHours(6), 1)]);
    const hours = async (from: number, to: number): Promise<readonly number[]> =>
      (await store.read(P, { from, to })).hours;
    const [h0, h1, h2, h3, h6] = [hourAt(0), hourAt(1), hourAt(2), hourAt(3), hourAt(6)];
    expectEqual(await hours(h1, h3), [h1, h2], "[1, 3)");
    expectEqual(await hours(h1 + 1, h3 + 1), [h2, h3], "bounds a millisecond after the hour");
    expectEqual(await hours(h1 - 1, h3 - 1), [h1, h2], "bounds a millisecond before the hour");
    expectEqual(await hours(h2, h2 + 1), [h2], "the first millisecond of an hour");
    expectEqual(await hours(h2 + 1, h3), [], "the rest of an hour");
    expectEqual(await hours(h2, h2), [], "nothing between an hour and itself");
    expectEqual(await hours(h3, h1), [], "an interval that ends before it starts");
    expectEqual(await hours(h6, h6 + 10 * HOUR_MS), [], "after the last row");
    expectEqual(await hours(h0 - 10 * HOUR_MS, h0), [], "before the first row");
  });

  suite.add("knows from when to when scopes have rows, where it can", async (store) => {
    if (store.spans === undefined) return;
    const days = [hourAt(0), hourAt(30), hourAt(9_000)];
    const user = (name: string): Scope => ({ kind: "user", name });
    const ofOneHour = marked(user("c"), [hourAt(5)], 9);
    await store.replace([...["b", "a", "B"].map((name) => marked(user(name), days, 1)), ofOneHour]);
    const span = (name: string): object => {
      const [first, last] = name === "c" ? [hourAt(5), hourAt(5)] : [hourAt(0), hourAt(9_000)];
      return { scope: user(name), first, last, hoursKnown: name === "c" ? 1 : 3 };
    };
    expectEqual(await store.spans("user"), ["B", "a", "b", "c"].map(span), "the spans of a kind");
    expectEqual(await store.spans("machine"), [], "a kind that was never stored");
  });

  suite.add("knows by which intensities the rows of a scope are, where it can", async (store) => {
    if (store.intensities === undefined) return;
    const about = { kind: "actual", fetchedAt: 0, settled: true } as const;
    const grid = [
      { ...about, source: "a" },
      { ...about, source: "a", basis: "average direct consumption losses-included location co2" },
      { ...about, source: "b" },
    ];
    const bought = { ...about, kind: "forecast", source: "a", basis: "", gco2eqPerKwh: 41 } as const;
    const days = [hourAt(0), hourAt(1), hourAt(30), hourAt(9_000), hourAt(9_001)];
    const series = marked(P, days, 1);
    const { library, model } = series.provenance[0] ?? { library: "", model: null };
    [grid[0], null, grid[1], grid[2], grid[0]].forEach((intensity = null, i) => {
      series.provenance[i] = { library, model, intensity, ...(i === 1 ? { market: bought } : {}) };
    });
    await store.replace([series, marked(project("CDAaaS"), days, 2)]);
    const { grid: ofGrid, market } = await store.intensities(P);
    const named = (all: readonly IntensityName[]): string[] =>
      [
        ...new Set(all.map(({ kind, source, basis }) => JSON.stringify([kind, source, basis ?? null]))),
      ].sort();
    expectEqual(named(ofGrid), named(grid), "those of the grid");
    expectEqual(named(market), named([bought]), "those of what was bought");
    const never = await store.intensities(project("never"));
    expectEqual([never.grid, never.market], [[], []], "of a scope that was never stored");
  });

  suite.add("reads a kind together as it reads its scopes, where it can", async (store) => {
    if (store.readKind === undefined) return;
    const days = [hourAt(0), hourAt(30), hourAt(800), hourAt(9_000)];
    const some = ["b", "a", "B"].map((name, i) => marked({ kind: "user", name }, days, i + 1));
    await store.replace([...some, marked({ kind: "user", name: "c" }, [hourAt(5)], 9), marked(P, days, 5)]);
    const within = { from: hourAt(30), to: hourAt(9_000) };
    for (const interval of [ALL_SAMPLES, within, { from: within.to, to: within.from }]) {
      const scopes = await store.scopes("user");
      const read = await Promise.all(scopes.map((scope) => store.read(scope, interval)));
      const together = await store.readKind("user", interval);
      expectEqual(
        together,
        read.filter(({ hours }) => hours.length > 0),
        "the series of a kind",
      );
    }
    expectEqual(await store.readKind("machine", ALL_SAMPLES), [], "a kind that was never stored");
  });

  suite.add("reads the intensities of a kind without the rest of provenance, where it can", async (store) => {
    if (store.readKind === undefined) return;
    const basis = "average direct consumption losses-included location co2";
    const intensity = {
      kind: "actual",
      source: "a",
      basis,
      updatedAt: 7,
      fetchedAt: 8,
      settled: true,
    } as const;
    const market = { kind: "forecast", source: "b", fetchedAt: 9, settled: false, gco2eqPerKwh: 41 } as const;
    const of = [
      { library: "1", model: "m", intensity, market, spread: 0.5 },
      { library: "1", model: "m", intensity: { ...intensity, updatedAt: 8 }, unsettled: true },
      { library: "1", model: null, intensity: null, market: { ...market, gco2eqPerKwh: 0 } },
      { library: "2", model: null, intensity: null },
    ] as const;
    const some = ["b", "a"].map((name, i) => {
      const series = marked({ kind: "host", name }, [0, 1, 30, 800].map(hourAt), i + 1);
      return { ...series, provenance: i === 0 ? of : of.toReversed() };
    });
    await store.replace(some);
    const intensitiesOf = (all: readonly UsageSeries[]): object[] =>
      all.map((series) => ({
        ...series,
        provenance: series.provenance.map((row) => [row.intensity, row.market ?? null]),
      }));
    const read = await store.readKind("host", ALL_SAMPLES, { intensitiesOnly: true });
    expectEqual(intensitiesOf(read), intensitiesOf(some.toReversed()), "numbers and intensities");
  });

  suite.add("hours that were never stored are absent", async (store) => {
    const holes = marked(P, [hourAt(0), hourAt(2), hourAt(30), hourAt(800)], 1);
    await store.replace([holes]);
    await expectStored(store, holes, "all", tolerance);
  });

  suite.add("a scope that was never stored has no rows", async (store) => {
    const nothing = await store.read(P, ALL_SAMPLES);
    expectEqual(nothing.hours, [], "hours");
    expectEqual(nothing.scope, P, "its scope");
    expectEqual(nothing.busyKwh, new Float64Array(0), "its numbers");
    expectEqual((await store.read(ADA, ALL_SAMPLES)).hours, [], "hours of ada");
    for (const kind of SCOPE_KINDS) expectEqual(await store.scopes(kind), [], `scopes of kind ${kind}`);
  });

  suite.add(
    "keeps the first hour of 1970, and hours on both sides of a year, a leap day, a clock change",
    async (store) => {
      const around = (ms: number): number[] => [ms - HOUR_MS, ms, ms + HOUR_MS];
      const hours = [
        0,
        ...around(Date.UTC(2024, 1, 29)),
        ...around(Date.UTC(2025, 0, 1)),
        ...around(Date.UTC(2025, 2, 30, 1)),
        ...around(Date.UTC(2025, 9, 26, 1)),
      ].map((ms) => hourAt((ms - hourAt(0)) / HOUR_MS));
      const series = marked(P, hours, 1);
      await store.replace([series]);
      await expectStored(store, series, "all", tolerance);
      const day: Interval = { from: Date.UTC(2025, 0, 1), to: Date.UTC(2025, 0, 2) };
      expectEqual((await store.read(P, day)).hours, [day.from, day.from + HOUR_MS], "New Year's Day");
    },
  );

  suite.add("keeps every kind of scope, and the same name in each", async (store) => {
    const scopes = SCOPE_KINDS.map((kind): Scope => (kind === "ada" ? ADA : { kind, name: "same" }));
    const batch = scopes.map((scope, i) => sampleSeries(scope, 30, i));
    await store.replace(batch);
    for (const series of batch) {
      await expectStored(store, series, series.scope.kind, tolerance);
      expectEqual(await store.scopes(series.scope.kind), [series.scope], series.scope.kind);
    }
  });

  suite.add("lists scopes that have rows, by code unit", async (store) => {
    // A code point beyond U+FFFF is after U+FF5E, its first code unit before: stores sort by the latter.
    const names = ["b", "a", "B", "Z", "_", "\uFF5E", "😀", "ä", "10", "9", "a b", "a!"];
    await store.replace(names.map((name) => marked(project(name), sampleHours(1), 1)));
    expectEqual(await namesOf(store, "project"), [...names].sort(byCodeUnit), "projects");
    expectEqual(await namesOf(store, "machine"), [], "machines");
  });
}
