import { ADA, emptySeries, finishedHours, HOUR_MS, type UsageSeries } from "ada-carbon";
import { createHandler } from "ada-carbon/http";
import { memoryUsageStore } from "ada-carbon/memory";
import { describe, expect, it } from "vitest";
import { HOLE, world } from "./http-fixture.js";

// What a history says beside its bars: instants, bounds, the period before, gaps, and the same as CSV.

const YEAR = { from: Date.UTC(2024, 0, 1), to: Date.UTC(2026, 0, 1) };
const PROVENANCE = {
  library: "0.1.0",
  model: "per-core/1 busy=12W idle=1W",
  intensity: { kind: "actual", source: "grid", fetchedAt: 0, settled: true },
} as const;

/** A core that is busy half of each hour, of two years but for June 2025. */
function twoYears(): UsageSeries {
  const series = emptySeries(ADA, finishedHours(YEAR, YEAR.to), PROVENANCE);
  series.hours.forEach((hour, i) => {
    if (hour >= Date.UTC(2025, 5) && hour < Date.UTC(2025, 6)) return;
    const grams = 100 + (i % 24);
    series.busyCpuSeconds[i] = 1800;
    series.idleCpuSeconds[i] = 1800;
    series.busyKwh[i] = 0.006;
    series.idleKwh[i] = 0.0005;
    series.gco2eqPerKwh[i] = grams;
    series.busyGco2eq[i] = 0.006 * grams;
    series.idleGco2eq[i] = 0.0005 * grams;
    series.coverage[i] = 1;
    series.status[i] = "processed";
  });
  return series;
}

async function asked(): Promise<(query: string, init?: RequestInit) => Promise<Response>> {
  const usage = memoryUsageStore();
  await usage.replace([twoYears()]);
  const handler = createHandler({ usage, sites: {}, clock: () => YEAR.to, zone: "Europe/London" });
  return (query, init) => handler(new Request(`http://test/v1/history?${query}`, init));
}

interface Bins {
  readonly starts: string[];
  readonly ends: string[];
  readonly labels: string[];
  readonly hours: number[];
  readonly busyKwh: (number | null)[];
  readonly idleKwh: (number | null)[];
}
const sum = (values: (number | null)[]): number => values.reduce<number>((all, one) => all + (one ?? 0), 0);

describe("a history", () => {
  it("has instants that follow each other, over the days of 23 and 25 hours too", async () => {
    const ask = await asked();
    for (const [from, to, hours] of [
      ["2025-03-29", "2025-04-01", [24, 23, 24]],
      ["2025-10-25", "2025-10-28", [24, 25, 24]],
    ] as const) {
      const { bins } = (await (await ask(`from=${from}&to=${to}`)).json()) as { bins: Bins };
      expect(bins.hours).toEqual(hours);
      expect(bins.starts.slice(1)).toEqual(bins.ends.slice(0, -1));
      expect(bins.labels[0]).toBe(from);
    }
  });

  it("adds up to its totals, whose bounds are around them", async () => {
    const ask = await asked();
    for (const by of ["hour", "day", "week", "month"]) {
      const { bins, totals } = await (await ask(`by=${by}&from=2025-09-01&to=2025-10-01`)).json();
      expect(Math.abs(sum(bins.busyKwh) + sum(bins.idleKwh) - totals.kwh.kwh)).toBeLessThan(1e-9);
      expect(totals.kwh.low).toBeLessThan(totals.kwh.kwh);
      expect(totals.kwh.high).toBeGreaterThan(totals.kwh.kwh);
      expect(totals.gco2eq.low).toBeLessThan(totals.gco2eq.gco2eq);
      expect(totals).toMatchObject({ hours: 720, hoursKnown: 720, hoursWithoutCarbon: 0, actualShare: 1 });
      expect(totals.idleShare).toBeCloseTo(1 / 13, 12);
      expect(totals.gco2eqPerKwh).toBeCloseTo(totals.gco2eq.gco2eq / totals.kwh.kwh, 9);
    }
  });

  it("of a month without data is null, and says since when and why", async () => {
    const ask = await asked();
    const { bins, totals, gaps } = await (await ask("by=month&from=2025-06-02&to=2025-06-30")).json();
    expect([bins.busyKwh, totals.kwh, totals.idleShare, totals.gco2eqPerKwh]).toEqual([
      [null],
      { kwh: null, low: null, high: null },
      null,
      null,
    ]);
    expect(gaps).toEqual([
      { from: "2025-06-01T23:00:00Z", to: "2025-06-29T23:00:00Z", reason: "not-downloaded" },
    ]);
    const later = await (await ask("from=2026-01-01&to=2026-01-02")).json();
    expect(later.gaps).toEqual([
      { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", reason: "not-over" },
    ]);
    const before = await (await ask("from=2023-01-01&to=2023-01-02")).json();
    expect(before.gaps[0].reason).toBe("not-stored");
  });

  it("is held against the period before over the hours known in both", async () => {
    const ask = await asked();
    const { beside, comparison } = await (await ask("from=2025-07-01&to=2025-08-01&beside=before")).json();
    expect(beside.from).toBe("2025-05-31T23:00:00Z");
    expect(comparison).toBeNull();
    const year = await (await ask("from=2025-05-01&to=2025-07-15&beside=year-before")).json();
    expect(year.beside.totals.hoursKnown).toBe(75 * 24);
    expect(year.comparison.hours).toBe(75 * 24 - 720);
    expect(year.comparison.kwh[0]).toBeCloseTo(year.comparison.kwh[1], 9);
    expect(year.comparison.hoursWithCarbon).toBe(year.comparison.hours);
    const none = await (await ask("from=2025-06-02&to=2025-06-09&beside=before")).json();
    expect(none.comparison).toBeNull();
    const other = await (await ask("from=2025-06-02&to=2025-06-09&beside=2025-01-01/2025-01-08")).json();
    expect(other.beside.totals.hoursKnown).toBe(168);
  });

  it("of a year of days is one reply", async () => {
    const ask = await asked();
    const { bins } = await (await ask("by=day&from=2025-01-01&to=2026-01-01")).json();
    expect([bins.starts.length, sum(bins.hours)]).toEqual([365, 8760]);
  });
});

it("says of a time that has not come that there is nothing yet", async () => {
  const ask = await asked();
  const reply = await ask("from=2026-02-01");
  expect([reply.status, (await reply.json()).detail]).toEqual([
    400,
    "from 2026-02-01T00:00:00Z is after all that there is, which ends at 2026-01-01T00:00:00Z",
  ]);
});

it("has no grams of hours without use alone", async () => {
  const hours = finishedHours({ from: YEAR.from, to: YEAR.from + 2 * HOUR_MS }, YEAR.to);
  const series = emptySeries(ADA, hours, { ...PROVENANCE, intensity: null });
  for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
    series[name].set([0, 1]);
  for (const name of ["busyGco2eq", "idleGco2eq"] as const) series[name].set([0, Number.NaN]);
  series.coverage.fill(1);
  series.status.fill("unprocessed");
  series.gco2eqPerKwh.set([100, Number.NaN]);
  series.status[0] = "processed";
  const usage = memoryUsageStore();
  await usage.replace([series]);
  const handler = createHandler({ usage, sites: {}, clock: () => YEAR.to });
  const reply = await handler(new Request("http://test/v1/history?from=2024-01-01&to=2024-01-02"));
  const { totals } = await reply.json();
  expect(totals).toMatchObject({ busyKwh: 1, busyGco2eq: null, idleGco2eq: null, hoursWithoutCarbon: 1 });
  expect(totals.gco2eq).toEqual({ gco2eq: null, low: null, high: null });
});

describe("a history as CSV", () => {
  it("has a row a bin with instants, by Accept or by format", async () => {
    const ask = await asked();
    const query = "by=day&from=2025-09-01&to=2025-09-03";
    const accepted = await ask(query, { headers: { accept: "text/csv" } });
    const text = await accepted.text();
    expect(accepted.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(accepted.headers.get("vary")).toBe("accept");
    expect(await (await ask(`${query}&format=csv`)).text()).toBe(text);
    const [header, first, ...more] = text.trimEnd().split("\r\n");
    expect(header).toBe("starts,ends,busyKwh,idleKwh,busyGco2eq,idleGco2eq,coverage,hoursKnown,hours,basis");
    expect(first).toMatch(/^2025-08-31T23:00:00Z,2025-09-01T23:00:00Z,0\.14\d*,/);
    expect(more).toHaveLength(1);
    const browser = await ask(query, { headers: { accept: "text/csv, application/json" } });
    expect(browser.headers.get("content-type")).toBe("application/json");
  });

  it("leaves empty what is not known", async () => {
    const { get } = await world({ authorise: () => ({ allow: true, users: "all" }) });
    const from = new Date(HOLE).toISOString();
    const to = new Date(HOLE + HOUR_MS).toISOString();
    const reply = await get(`/v1/history?scope=project:IDAaaS&by=hour&format=csv&from=${from}&to=${to}`);
    expect((await reply.text()).split("\r\n")[1]).toMatch(/Z,,,,,0,0,1,$/);
  });

  it("of 100,000 hours is sent as it is made", async () => {
    const ask = await asked();
    const to = new Date(YEAR.from + 100_000 * HOUR_MS).toISOString();
    const reply = await ask(`by=hour&zone=UTC&format=csv&from=2024-01-01&to=${to}`);
    let lines = 0;
    let pieces = 0;
    for await (const piece of reply.body ?? []) {
      pieces++;
      for (const byte of piece) if (byte === 10) lines++;
    }
    expect([lines, pieces > 50]).toEqual([100_001, true]);
    expect((await ask(`by=hour&from=2024-01-01&to=${to}`)).status).toBe(400);
  });
});
