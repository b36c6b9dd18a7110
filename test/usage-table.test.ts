import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { ADA, emptySeries, finishedHours, isAdaCarbonError, type Scope } from "ada-carbon";
import type { MutableSeries } from "ada-carbon/kit";
import { memoryUsageStore } from "ada-carbon/memory";
import { UsageReader, UsageTable, usageTable } from "ada-carbon/reports";
import { rollup } from "ada-carbon/timeseries";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = Date.parse("2025-09-08T00:00:00Z"); // the Monday of 2025-W37
const WEEK = { from, to: from + 7 * 86_400_000 };
const HOSTILE = '=<img src=x onerror="alert(1)">\u001b[31m';
const store = memoryUsageStore();

/** Hours of which the first is not known, and the second has no carbon. */
function hours(scope: Scope, kwh: number): MutableSeries {
  const series = emptySeries(scope, finishedHours(WEEK, Date.now()), {
    library: "0.1.0",
    model: "per-core/1",
    intensity: { kind: "actual", source: "grid", fetchedAt: 0, settled: true },
  });
  for (let i = 1; i < series.hours.length; i++) {
    series.busyCpuSeconds[i] = 3600;
    series.idleCpuSeconds[i] = 7200;
    series.busyKwh[i] = kwh;
    series.idleKwh[i] = kwh / 4;
    series.coverage[i] = 1;
    series.status[i] = i === 1 ? "unprocessed" : i === 2 ? "download incomplete" : "processed";
    if (i === 1) continue;
    series.gco2eqPerKwh[i] = 200;
    series.busyGco2eq[i] = kwh * 200;
    series.idleGco2eq[i] = kwh * 50;
  }
  return series;
}

beforeAll(() =>
  store.replace([
    hours(ADA, 3),
    hours({ kind: "project", name: "IDAaaS" }, 1),
    hours({ kind: "project", name: HOSTILE }, 2),
    hours({ kind: "user", name: "amara" }, 1),
  ]),
);

describe("usageTable", () => {
  it("has a row a bin and scope, with Dates, and null for what is not known", async () => {
    const { rows } = await usageTable(store, { scope: "project:IDAaaS", ...WEEK, by: "hour" });
    expect(rows.length).toBe(168);
    expect(rows[0]).toMatchObject({
      ...{ from: new Date(from), to: new Date(from + 3_600_000), label: "2025-09-08 00:00" },
      ...{ kind: "project", name: "IDAaaS", totalKwh: null, lowKwh: null, totalGco2eq: null, coverage: 0 },
    });
    expect(rows[1]).toMatchObject({ busyKwh: 1, idleKwh: 0.25, totalKwh: 1.25, totalGco2eq: null });
    expect(rows[2]).toMatchObject({ totalKwh: 1.25, totalGco2eq: 250, hoursMissing: 0, hoursIncomplete: 1 });
    expect(rows[2]?.lowKwh).toBeLessThanOrEqual(1.25);
    expect(rows[2]?.highGco2eq).toBeGreaterThanOrEqual(250);
  });

  it("says what a rollup of the reader says, in any bin and zone", async () => {
    const zone = "Asia/Kathmandu";
    const scope = { kind: "project", name: "IDAaaS" } as const;
    const series = await new UsageReader(store).series(scope, WEEK);
    for (const by of ["hour", "day", "week", "month", "year"] as const) {
      const { rows } = await usageTable(store, { scope, ...WEEK, by, zone });
      const bins = rollup(series, WEEK, by, { zone });
      expect(rows.map((row) => [row.label, row.busyKwh, row.idleGco2eq, row.coverage])).toEqual(
        bins.map((bin) => [bin.label, bin.busyKwh, bin.idleGco2eq, bin.coverage]),
      );
    }
  });

  it("takes instants as people have them, and weeks", async () => {
    const wanted = (await usageTable(store, { scope: ADA, ...WEEK, by: "day" })).rows;
    expect(wanted.length).toBe(7);
    for (const ends of [
      { from: new Date(WEEK.from), to: new Date(WEEK.to) },
      { from: "2025-09-08T02:00+02:00", to: "2025-09-15T00:00Z" },
      { from: { epochMilliseconds: WEEK.from }, to: "2025-W38" },
      { from: "2025-W37" },
      { from: "2025-09-08", to: "2025-09-15" },
    ])
      expect((await usageTable(store, { scope: ADA, ...ends, by: "day" })).rows).toEqual(wanted);
    const london = await usageTable(store, { scope: ADA, from: "2025-09-09", zone: "Europe/London" });
    expect(london.rows[0]?.from.toISOString()).toBe("2025-09-08T23:00:00.000Z");
    const refused = (ends: object) => usageTable(store, { scope: ADA, ...ends } as never);
    await expect(refused({ from: "2025-09-08T00:00" })).rejects.toThrow(/from: .*is not an instant/);
    await expect(refused({ from: WEEK.from })).rejects.toThrow(/to is missing/);
    await expect(refused({ from: WEEK.to, to: WEEK.from })).rejects.toThrow(/is empty/);
  });

  it("takes Temporal's own objects where there are some, as in Deno", async () => {
    const script = `
      import { ADA, emptySeries, hoursIn, isAdaCarbonError } from "ada-carbon";
      import { tallyOf } from "ada-carbon/timeseries";
      const from = Temporal.ZonedDateTime.from("2025-09-10T01:00[Europe/London]");
      const to = Temporal.Instant.from("2025-09-10T02:00Z");
      const day = (text) => Temporal.PlainDate.from(text);
      const counted = tallyOf(emptySeries(ADA, [], {}),
        { from: day("2025-10-26"), to: day("2025-10-27").withCalendar("gregory"), zone: "Europe/London" });
      let refused = false;
      try { hoursIn({ from: day("2025-09-10"), to }); } catch (error) { refused = isAdaCarbonError(error, "bad-input"); }
      console.log(JSON.stringify([hoursIn({ from, to }).length, counted.hours, refused]));`;
    const deno = `${root}node_modules/.bin/deno`;
    const { stdout } = await promisify(execFile)(deno, ["eval", script], { cwd: root });
    expect(JSON.parse(stdout)).toEqual([2, 25, true]);
  }, 60_000);

  it("has every scope of a kind, and none that is misspelt", async () => {
    const { rows } = await usageTable(store, { kind: "project", from: "2025-W37", by: "week" });
    expect(rows.map(({ name }) => name)).toEqual([HOSTILE, "IDAaaS"]);
    const both = await usageTable(store, { scope: ["ada", "user:amara"], from: "2025-W37", by: "week" });
    expect(both.rows.map(({ kind }) => kind)).toEqual(["ada", "user"]);
    for (const scope of ["project:IDAAS", { kind: "user", name: "amaro" }] as const) {
      const error = await usageTable(store, { scope, from: "2025-W37" }).catch((reason: unknown) => reason);
      expect(isAdaCarbonError(error, "no-data")).toBe(true);
    }
    const totals = new UsageReader(store).totalsOfEach([{ kind: "user", name: "amaro" }], WEEK);
    await expect(totals).rejects.toThrow(/user:amaro has no stored hour.*stored are user:amara/);
    await expect(usageTable(store, { from: "2025-W37" })).rejects.toThrow(/either scope or kind/);
  });
});

describe("a table of usage", () => {
  it("shows itself to notebooks and terminals, and no name does anything there", async () => {
    const table = await usageTable(store, { kind: "project", from: "2025-W37", by: "day" });
    const display = (table as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("Jupyter.display")
    ]?.();
    const { "text/html": html = "", "text/plain": text = "" } = display ?? {};
    expect(html).toMatch(/^<table>.*<\/table>$/s);
    expect(html).not.toContain("<img");
    expect(html).toContain("&#60;img src=x onerror=&#34;");
    for (const shown of [html, text, inspect(table), String(table)]) expect(shown).not.toContain("\u001b");
    expect(text.split("\n").length).toBe(17);
    expect(text).toMatch(
      /\n1 h incomplete: more was used in them than was seen\ngCO2eq: 166 hours of no known basis$/,
    );
    expect(text).toMatch(/project:IDAaaS +2025-09-08 +23\.000 +5\.750 +28\.750 .*5500\.0/);
    expect(String(new UsageTable([]))).toContain("nothing is stored");
  });

  it("becomes CSV that no spreadsheet runs, records, JSON and an Arrow table", async () => {
    const table = await usageTable(store, { kind: "project", ...WEEK, by: "hour" });
    const [header = "", first = ""] = table.toCsv().split("\r\n");
    expect(header).toMatch(/^from,to,label,kind,name,busyKwh,/);
    expect(first).toContain(`project,"'=<img`);
    expect(first).toMatch(/,,,,,,,,,,0,1,1,0,0,,0$/);
    expect(table.toRecords()[0]).toMatchObject({ from: "2025-09-08T00:00:00Z", totalKwh: null });
    expect(JSON.parse(JSON.stringify(table))).toEqual(table.toRecords());

    const arrow = await table.toArrow();
    expect([arrow.numRows, arrow.numCols]).toEqual([336, 22]);
    expect(String(arrow.schema.fields[0]?.type)).toBe("Timestamp<MILLISECOND, UTC>");
    expect(arrow.get(1)?.from).toBe(from + 3_600_000);
    expect(arrow.getChild("totalKwh")?.nullCount).toBe(2);
    expect(arrow.getChild("name")?.get(0)).toBe(HOSTILE);
  });

  it("is a list for charts, with busy and idle apart for stacks", async () => {
    const table = await usageTable(store, { scope: "ada", from: "2025-W37", by: "week" });
    expect([...table]).toEqual(table.rows);
    expect(table.byUse().map(({ use, kwh }) => [use, kwh])).toEqual([
      ["busy", 501],
      ["idle", 125.25],
    ]);
  });
});
