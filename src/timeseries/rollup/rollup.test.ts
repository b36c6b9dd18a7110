import { ADA, DAY_MS, emptySeries, type FinishedHour, HOUR_MS, perCore, QUANTITIES } from "ada-carbon";
import { type MutableSeries, Sum } from "ada-carbon/kit";
import { BIN_SIZES, type Bin, binTable, rollup, tallyOf, toGraph, yearHeatmap } from "ada-carbon/timeseries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const NOTHING = { library: "0.1.0", model: null, intensity: null };
const ZONES = [
  "UTC",
  "Europe/London",
  "America/St_Johns",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "America/Santiago",
  "Pacific/Apia",
  "Asia/Amman",
];

/** A series with these hours (milliseconds), filled by `fill`; `undefined` leaves the row missing. */
function seriesOf(
  hours: readonly number[],
  value: (i: number) => number | undefined = () => 1,
  scope: MutableSeries["scope"] = ADA,
): MutableSeries {
  const series = emptySeries(scope, hours as FinishedHour[], NOTHING);
  hours.forEach((_, i) => {
    const number = value(i);
    if (number === undefined) return;
    for (const name of QUANTITIES) series[name][i] = number;
    series.coverage[i] = 1;
    series.status[i] = "processed";
  });
  return series;
}

const hoursBetween = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / HOUR_MS }, (_, i) => from + i * HOUR_MS);

describe("bins", () => {
  const spans = (zone: string, from: number, to: number): [string, number][] =>
    binTable({ from, to }, "day", { zone }).bins.map((bin) => [bin.label, (bin.to - bin.from) / HOUR_MS]);

  it("of a day have 23 or 25 hours when the clocks change", () => {
    expect(spans("Europe/London", Date.UTC(2025, 2, 29), Date.UTC(2025, 2, 31, 23))).toEqual([
      ["2025-03-29", 24],
      ["2025-03-30", 23],
      ["2025-03-31", 24],
    ]);
    expect(spans("Europe/London", Date.UTC(2025, 9, 25, 23), Date.UTC(2025, 9, 27))).toEqual([
      ["2025-10-26", 25],
    ]);
  });

  it("of half-hour zones take an hour where it starts", () => {
    const [first, second] = binTable({ from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11) }, "day", {
      zone: "Asia/Kolkata",
    }).bins;
    // 18:00Z starts at 23:30 on the 10th.
    expect([first?.label, first?.to, second?.label]).toEqual([
      "2025-09-10",
      Date.UTC(2025, 8, 10, 19),
      "2025-09-11",
    ]);
  });

  it("leave out the day that a zone skipped, and take the first of two midnights", () => {
    expect(spans("Pacific/Apia", Date.UTC(2011, 11, 29, 10), Date.UTC(2011, 11, 31, 10))).toEqual([
      ["2011-12-29", 24],
      ["2011-12-31", 24],
    ]);
    const amman = spans("Asia/Amman", Date.UTC(2011, 9, 26, 21), Date.UTC(2011, 9, 28, 22));
    expect(amman).toEqual([
      ["2011-10-27", 24],
      ["2011-10-28", 25],
    ]);
  });

  it("name an hour that comes twice with its offset", () => {
    const table = binTable({ from: Date.UTC(2025, 9, 26), to: Date.UTC(2025, 9, 26, 3) }, "hour", {
      zone: "Europe/London",
    });
    expect(table.bins.map((bin) => bin.label)).toEqual([
      "2025-10-26 01:00+01:00",
      "2025-10-26 01:00+00:00",
      "2025-10-26 02:00",
    ]);
  });

  it("partition any interval, each in the unit that the wall shows", () => {
    const years = fc.integer({ min: Date.UTC(1990, 0) / HOUR_MS, max: Date.UTC(2036, 0) / HOUR_MS });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES, ...Intl.supportedValuesOf("timeZone")),
        fc.constantFrom(...BIN_SIZES),
        years,
        fc.integer({ min: 0, max: 2000 }),
        (zone, by, start, length) => {
          const interval = { from: start * HOUR_MS, to: (start + length) * HOUR_MS };
          const { bins } = binTable(interval, by, { zone });
          let edge = interval.from;
          for (const bin of bins) {
            expect(bin.from).toBe(edge);
            expect(bin.to).toBeGreaterThan(bin.from);
            edge = bin.to;
          }
          expect(edge).toBe(interval.to);
          expect(new Set(bins.map((bin) => bin.label)).size).toBe(bins.length);
          const wall = new Intl.DateTimeFormat("en-CA", {
            timeZone: zone,
            year: "numeric",
            month: "2-digit",
            day: "2-digit",
          });
          if (by === "week") {
            for (const { label } of bins) expect(label).toMatch(/^\d{4}-W[0-5]\d$/);
            return;
          }
          const width = { hour: 10, day: 10, month: 7, year: 4 }[by];
          for (const { from, to, label } of bins) {
            const times = [from, from + 7 * HOUR_MS, to - 7 * HOUR_MS, to - HOUR_MS];
            for (const time of times.filter((each) => each >= from && each < to))
              expect(label.slice(0, width)).toBe(wall.format(time).slice(0, width));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [{ zone: "Europe/Didcot" }, /"Europe\/Didcot" is not a time zone/],
    [{ zone: "" }, /is not a time zone/],
  ])("refuse %j", (options, message) => {
    expect(() => binTable({ from: 0, to: HOUR_MS }, "day", options)).toThrow(message);
  });

  it("refuse an interval without end, take bounds off the hour as the next, and none for an empty one", () => {
    expect(() => binTable({ from: 0, to: Number.MAX_SAFE_INTEGER }, "hour")).toThrow(/200 years/);
    expect(() => binTable({ from: Number.NaN, to: 1 }, "hour")).toThrow(/interval.from is NaN/);
    expect(binTable({ from: 1, to: 2 * HOUR_MS + 1 }, "hour").bins.map((bin) => bin.from)).toEqual([
      HOUR_MS,
      2 * HOUR_MS,
    ]);
    expect(rollup(seriesOf([]), { from: 0, to: 0 }, "year")).toEqual([]);
  });
});

describe("rollup", () => {
  it("sums to what the hours sum to, whatever size and zone", () => {
    const number = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...BIN_SIZES),
        fc.array(fc.option(number, { nil: undefined }), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 480_000, max: 500_000 }),
        (zone, by, numbers, start) => {
          const hours = numbers.map((_, i) => (start + i) * HOUR_MS);
          const series = seriesOf(hours, (i) => numbers[i]);
          const interval = { from: start * HOUR_MS, to: (start + numbers.length) * HOUR_MS };
          const bins = rollup(series, interval, by, { zone });
          const known = numbers.filter((each) => each !== undefined);
          const expected = known.reduce((sum, each) => sum.add(each), new Sum()).value;
          const total = tallyOf(series, interval);
          for (const name of QUANTITIES) {
            const parts = bins.flatMap((bin) => bin[name] ?? []);
            const sum = parts.reduce((all, each) => all.add(each), new Sum()).value;
            if (known.length === 0) expect([total[name], parts]).toEqual([null, []]);
            expect(Math.abs((total[name] ?? 0) - expected)).toBeLessThanOrEqual(1e-12 * expected);
            expect(Math.abs(sum - expected)).toBeLessThanOrEqual(1e-12 * expected);
          }
          expect(total.hours).toBe(numbers.length);
          expect(total.hoursMissing).toBe(numbers.length - known.length);
          expect(total.coverage).toBeCloseTo(known.length / numbers.length, 12);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not depend on which hours are stored together: parts add up to the whole", () => {
    const from = Date.UTC(2025, 0);
    const hours = hoursBetween(from, from + 1000 * HOUR_MS);
    const whole = seriesOf(hours, (i) => Math.sin(i) ** 2);
    const interval = { from, to: from + 1000 * HOUR_MS };
    fc.assert(
      fc.property(fc.shuffledSubarray(hours), (chosen) => {
        const inA = new Set(chosen);
        const part = (take: (hour: number) => boolean): Bin[] =>
          rollup(
            seriesOf(hours.filter(take), (i) => Math.sin(hours.indexOf(hours.filter(take)[i] ?? 0)) ** 2),
            interval,
            "day",
          );
        const [a, b] = [part((hour) => inA.has(hour)), part((hour) => !inA.has(hour))];
        rollup(whole, interval, "day").forEach((bin, i) => {
          const sum = (a[i]?.busyKwh ?? 0) + (b[i]?.busyKwh ?? 0);
          expect(Math.abs(sum - (bin.busyKwh ?? 0))).toBeLessThanOrEqual(1e-12 * (bin.busyKwh ?? 0));
          expect((a[i]?.hoursMissing ?? 0) + (b[i]?.hoursMissing ?? 0)).toBe(bin.hours);
        });
      }),
      { numRuns: 15 },
    );
  });

  it("counts what is missing, incomplete, without carbon, and provisional", () => {
    const from = Date.UTC(2025, 8, 10);
    const series = seriesOf(hoursBetween(from, from + 4 * HOUR_MS), (i) => (i === 3 ? undefined : 2));
    series.busyGco2eq[1] = Number.NaN;
    series.idleGco2eq[1] = Number.NaN;
    series.coverage[2] = 0.5;
    const intensity = { kind: "forecast", source: "grid", fetchedAt: 0, settled: false } as const;
    series.provenance[2] = { ...NOTHING, intensity };
    series.status[0] = "download incomplete";
    const [bin] = rollup(series, { from, to: from + 8 * HOUR_MS }, "day");
    const hourly = rollup(series, { from, to: from + 8 * HOUR_MS }, "hour");
    expect(hourly.map(({ hoursIncomplete }) => hoursIncomplete)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(bin).toMatchObject({
      hoursIncomplete: 1,
      busyKwh: 6,
      busyGco2eq: 4,
      hours: 8,
      hoursMissing: 5,
      hoursWithoutCarbon: 1,
      hoursProvisional: 1,
      coverage: 2.5 / 8,
      perHour: { busyKwh: 2, busyGco2eq: 2 },
    });
  });

  it("of a time without numbers is null, not 0", () => {
    const from = Date.UTC(2025, 8, 10);
    const series = seriesOf(hoursBetween(from, from + 2 * HOUR_MS), () => undefined);
    const nothing = { busyCpuSeconds: null, busyKwh: null, idleGco2eq: null, coverage: 0 };
    for (const by of ["hour", "day"] as const) {
      const [bin] = rollup(series, { from, to: from + DAY_MS }, by);
      expect(bin).toMatchObject({ ...nothing, perHour: { busyKwh: null } });
    }
    expect(tallyOf(series, { from, to: from + 2 * HOUR_MS })).toMatchObject({ ...nothing, hoursMissing: 2 });
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const)
      series[name][0] = 1;
    const [withoutCarbon] = rollup(series, { from, to: from + HOUR_MS }, "hour");
    expect(withoutCarbon).toMatchObject({ busyKwh: 1, busyGco2eq: null, hoursWithoutCarbon: 1, coverage: 1 });
  });

  it("has the same numbers by hour as rows, whatever is missing, and each hour in its bin", () => {
    const number = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
    const start = Date.UTC(2025, 9, 25) / HOUR_MS;
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 60, maxLength: 60 }),
        fc.subarray(Array.from({ length: 60 }, (_, i) => i)),
        fc.integer({ min: -5, max: 50 }),
        (numbers, rows, first) => {
          const series = seriesOf(
            rows.map((row) => (start + row) * HOUR_MS),
            (i) => numbers[rows[i] ?? 0],
          );
          const interval = { from: (start + first) * HOUR_MS, to: (start + first + 30) * HOUR_MS };
          const bins = rollup(series, interval, "hour", { zone: "Europe/London" });
          expect(bins.map(({ busyKwh }) => busyKwh)).toEqual(
            bins.map(({ from }) => {
              const row = from / HOUR_MS - start;
              return rows.includes(row) ? (numbers[row] ?? null) : null;
            }),
          );
          for (const by of ["day", "month"] as const) {
            for (const bin of rollup(series, interval, by, { zone: "Europe/London" })) {
              const inside = bins.filter(({ from }) => from >= bin.from && from < bin.to);
              const known = inside.flatMap(({ busyKwh }) => busyKwh ?? []);
              expect([bin.hours, bin.hoursMissing]).toEqual([inside.length, inside.length - known.length]);
              const sum = known.reduce((all, each) => all.add(each), new Sum()).value;
              expect(Math.abs((bin.busyKwh ?? 0) - sum)).toBeLessThanOrEqual(1e-14 * sum);
              expect(bin.busyKwh === null).toBe(known.length === 0);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives JSON with the means", () => {
    const from = Date.UTC(2025, 8, 10);
    const bins = rollup(seriesOf([from, from + HOUR_MS]), { from, to: from + DAY_MS }, "day");
    const [bin] = JSON.parse(JSON.stringify(bins)) as Bin[];
    expect(bin).toMatchObject({ label: "2025-09-10", busyKwh: 2, perHour: { busyKwh: 1 } });
  });

  it("knows a zone however it is written", () => {
    const from = Date.UTC(2025, 8, 10);
    const labels = (zone: string): string[] =>
      rollup(seriesOf([from]), { from, to: from + DAY_MS }, "hour", { zone }).map(({ label }) => label);
    expect(labels("eUROPE/lONDON")).toEqual(labels("Europe/London"));
    expect(labels("utc")).toEqual(labels("UTC"));
  });

  it("gives the numbers of the existing Python implementation", () => {
    const cases = [
      { busy: 18_000, idle: 54_000, intensity: 200, kwh: 0.075, grams: 15 },
      { busy: 537.45, idle: 287_239.26, intensity: 231.5, kwh: 0.08158, grams: 18.89 },
      { busy: 8313.1, idle: 28_564_580, intensity: 185, kwh: 7.9623, grams: 1473.03 },
    ];
    for (const { busy, idle, intensity, kwh, grams } of cases) {
      // The same CPU-seconds spread over a day.
      const from = Date.UTC(2025, 8, 10);
      const series = seriesOf(hoursBetween(from, from + 24 * HOUR_MS));
      for (let i = 0; i < 24; i++) {
        const cpu = { busyCpuSeconds: busy / 24, idleCpuSeconds: idle / 24 };
        const energy = perCore().energy(cpu, { machine: null, hour: from });
        series.busyKwh[i] = energy.busyKwh;
        series.idleKwh[i] = energy.idleKwh;
        series.busyGco2eq[i] = energy.busyKwh * intensity;
        series.idleGco2eq[i] = energy.idleKwh * intensity;
      }
      const [bin] = rollup(series, { from, to: from + 24 * HOUR_MS }, "day");
      expect((bin?.busyKwh ?? 0) + (bin?.idleKwh ?? 0)).toBeCloseTo(kwh, 4);
      expect(Math.abs((bin?.busyGco2eq ?? 0) + (bin?.idleGco2eq ?? 0) - grams)).toBeLessThan(0.006);
    }
  });
});

describe("graphs", () => {
  const from = Date.UTC(2025, 8, 10);

  it("have labels a chart can show, and gaps where nothing is known", () => {
    const series = seriesOf([from, from + HOUR_MS]);
    series.busyGco2eq[1] = Number.NaN;
    series.idleGco2eq[1] = Number.NaN;
    const day = { from, to: from + 3 * HOUR_MS };
    const bins = rollup(series, day, "hour", { zone: "Europe/London" });
    expect(toGraph(bins, "energy")).toEqual({
      labels: ["01:00", "02:00", "03:00"],
      busy: [1, 1, null],
      idle: [1, 1, null],
    });
    expect(toGraph(bins, "carbon").idle).toEqual([1, null, null]);
    const labels = (by: (typeof BIN_SIZES)[number]): string | undefined =>
      toGraph(rollup(series, { from, to: from + 30 * HOUR_MS }, by), "energy").labels[0];
    expect(BIN_SIZES.map(labels)).toEqual(["2025-09-10 00:00", "2025-09-10", "2025-W37", "2025-09", "2025"]);
  });

  it.each([
    [2024, "UTC", 366],
    [2025, "Europe/London", 365],
    [2025, "Asia/Kolkata", 365],
    [2000, "America/Santiago", 366],
    [1900, "UTC", 365],
  ])("of the year %i in %s have %i days", (year, zone, days) => {
    const map = yearHeatmap(seriesOf([]), year, { zone });
    expect(map).toHaveLength(days);
    expect([map[0]?.date, map.at(-1)?.date]).toEqual([`${year}-01-01`, `${year}-12-31`]);
    // One square each, in order, without a gap.
    expect(map.map(({ week, weekday }) => week * 7 + weekday)).toEqual(
      map.map((_, i) => (map[0]?.weekday ?? 0) + i),
    );
  });

  it("of a year show the value and coverage of each day", () => {
    const series = seriesOf(hoursBetween(from, from + 24 * HOUR_MS), (i) => (i < 12 ? 2 : undefined));
    const day = yearHeatmap(series, 2025, { metric: "carbon" }).find(({ date }) => date === "2025-09-10");
    expect(day).toEqual({
      date: "2025-09-10",
      value: 48,
      busy: 24,
      idle: 24,
      basis: null,
      coverage: 0.5,
      weekday: 2,
      week: 36,
    });
    expect(() => yearHeatmap(series, 20.25)).toThrow(/not a year/);
  });
});
