import { readFileSync } from "node:fs";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasRecordings, recordingAt } from "../../test/support/recordings.js";
import { DAY_MS, HOUR_MS, type Interval, parseInstant } from "../usage/hour.js";
import { gbCarbonIntensity } from "./gb.js";
import { GB_CARBON_INTENSITY_URL as GB } from "./gb-facts.js";

const HALF = HOUR_MS / 2;
const at = parseInstant;
const days = (from: string, count: number): Interval => ({ from: at(from), to: at(from) + count * DAY_MS });
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const NOW = at("2025-11-01T12:00Z");
const quick = { retries: 0, clock: () => NOW };

interface Row {
  from: string;
  to: string;
  intensity?: { forecast?: number | null; actual?: number | null; index?: string } | null;
}

const row = (from: string, forecast: number | null, actual?: number | null): Row => ({
  from,
  to: minute(at(from) + HALF),
  intensity: { forecast, ...(actual === undefined ? {} : { actual }), index: "moderate" },
});

/** A value that says which half hour it belongs to. */
const valueAt = (from: number): number => (from / HALF) % 500;

/** The service as it is: ends in [from, to], 14 days at most, 400 for no length, the new year if asked for. */
function service(options: { stopsAtNewYear?: boolean; region?: number } = {}): string[] {
  const requests: string[] = [];
  const rows = (first: number, last: number): Row[] => {
    const result: Row[] = [];
    for (let end = Math.ceil(first / HALF) * HALF; end <= last; end += HALF) {
      const from = end - HALF;
      const sameYear = new Date(end).getUTCFullYear() === new Date(first).getUTCFullYear();
      if (options.stopsAtNewYear && !sameYear) break;
      result.push(row(minute(from), valueAt(from) + 1, options.region ? undefined : valueAt(from)));
    }
    return result;
  };
  nock(GB)
    .persist()
    .get(/intensity\//)
    .reply(async (request: Request) => {
      const uri = new URL(request.url).pathname;
      requests.push(uri);
      const [, first = "", second = ""] = /intensity\/([^/]+)\/([^/]+)/.exec(uri) ?? [];
      const from = at(first);
      const to = second.startsWith("fw") ? from + Number(second.slice(2, 4)) * HOUR_MS : at(second);
      const refuse = (message: string) => [400, { error: { code: "400 Bad Request", message } }] as const;
      if (to <= from) return refuse("Please enter a valid date range.");
      if (to - from > 14 * DAY_MS) return refuse("Limited to 14 days.");
      const data = rows(from, to);
      return [200, { data: options.region ? { regionid: options.region, shortname: "x", data } : data }];
    });
  return requests;
}

/** One reply to whatever is asked. */
function reply(body: unknown, status = 200): void {
  nock(GB)
    .get(/.*/)
    .reply(status, body as nock.Body);
}

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe("what is asked", () => {
  test.each([
    ["a year", "2025-01-01T00:00Z", 365],
    ["a leap year", "2024-01-01T00:00Z", 366],
    ["a year across a new year", "2023-03-07T05:00Z", 366],
  ])("%s takes at most 27 requests, each of at most 14 days", async (_, from, count) => {
    const requests = service();
    const periods = await gbCarbonIntensity(quick).periods(days(from, count));
    expect(requests.length).toBeLessThanOrEqual(27);
    expect(periods).toHaveLength(count * 48);
    periods.forEach((period, i) => {
      expect(period.from).toBe(at(from) + i * HALF);
      expect(period.gco2eqPerKwh).toBe(valueAt(period.from));
    });
  });

  test("regional ranges go to the regionid route", async () => {
    const requests = service({ region: 12 });
    const south = gbCarbonIntensity({ ...quick, region: 12 });
    const periods = await south.periods(days("2025-09-10T00:00Z", 1));
    expect(requests).toEqual(["/regional/intensity/2025-09-10T00:00Z/2025-09-11T00:00Z/regionid/12"]);
    expect(south.id).toBe("gb-carbon-intensity/region-12");
    expect(south.hasActual).toBe(false);
    expect(new Set(periods.map((period) => period.kind))).toEqual(new Set(["forecast"]));
  });

  test("an interval off the grid gets every half hour it touches, and no other", async () => {
    const requests = service();
    const interval = { from: at("2025-09-10T00:10Z"), to: at("2025-09-10T00:40Z") };
    const periods = await gbCarbonIntensity(quick).periods(interval);
    expect(requests).toEqual(["/intensity/2025-09-10T00:00Z/2025-09-10T01:00Z"]);
    expect(periods.map((period) => minute(period.from))).toEqual(["2025-09-10T00:00Z", "2025-09-10T00:30Z"]);
  });

  test("nothing is asked for time before the history, nor for an empty interval", async () => {
    const requests = service();
    const national = gbCarbonIntensity(quick);
    expect(await national.periods(days("2016-01-01T00:00Z", 365))).toEqual([]);
    expect(await national.periods(days("2025-01-01T00:00Z", 0))).toEqual([]);
    expect(await gbCarbonIntensity({ ...quick, region: 1 }).periods(days("2018-01-01T00:00Z", 30))).toEqual(
      [],
    );
    expect(await national.forecast(at("2016-01-01T00:00Z"), 24)).toEqual([]);
    expect(requests).toEqual([]);
    await national.periods({ from: at("2017-09-01T00:00Z"), to: at("2017-09-13T00:00Z") });
    expect(requests).toEqual(["/intensity/2017-09-12T00:00Z/2017-09-13T00:00Z"]);
  });

  test("an answer that stops at a new year is completed with one more request", async () => {
    const requests = service({ stopsAtNewYear: true });
    const across = await gbCarbonIntensity(quick).periods(days("2024-12-30T00:00Z", 4));
    expect(across).toHaveLength(4 * 48);
    expect(requests).toEqual([
      "/intensity/2024-12-30T00:00Z/2025-01-03T00:00Z",
      "/intensity/2025-01-01T00:00Z/2025-01-03T00:00Z",
    ]);
  });

  test("the last half hour of a year is not lost either", async () => {
    const requests = service({ stopsAtNewYear: true });
    expect(await gbCarbonIntensity(quick).periods(days("2024-01-01T00:00Z", 366))).toHaveLength(366 * 48);
    expect(requests).toHaveLength(28);
    expect(requests.at(-1)).toBe("/intensity/2025-01-01T00:00Z/2025-01-01T00:30Z");
  });

  test("at most two requests are under way at once", async () => {
    let now = 0;
    let most = 0;
    const fetch = async (): Promise<Response> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      return Response.json({ data: [] });
    };
    await gbCarbonIntensity({ ...quick, fetch }).periods(days("2024-01-01T00:00Z", 366));
    expect(most).toBe(2);
  });

  test.each([
    ["spring forward", "2025-03-30T00:00Z"],
    ["fall back", "2025-10-26T00:00Z"],
  ])("a UTC day has 48 half hours, %s or not", async (_, day) => {
    service();
    const periods = await gbCarbonIntensity(quick).periods(days(day, 1));
    expect(periods).toHaveLength(48);
    expect(periods.every((period, i) => period.from === at(day) + i * HALF)).toBe(true);
  });
});

describe("what comes back", () => {
  const hour = { from: at("2025-09-10T00:00Z"), to: at("2025-09-10T01:00Z") };
  const first = row("2025-09-10T00:00Z", 99, 101);
  const second = row("2025-09-10T00:30Z", 98, 97);
  const values = async (body: unknown, region?: number): Promise<unknown> => {
    reply(body);
    const source = gbCarbonIntensity({ ...quick, ...(region === undefined ? {} : { region }) });
    return (await source.periods(hour)).map((p) => [minute(p.from).slice(11, 16), p.gco2eqPerKwh, p.kind]);
  };
  const both = [
    ["00:00", 101, "actual"],
    ["00:30", 97, "actual"],
  ];

  test("the row before `from`, which the service adds, and rows after are dropped; order does not matter", async () => {
    const extra = [row("2025-09-09T23:30Z", 1, 1), row("2025-09-10T01:00Z", 2, 2)];
    expect(await values({ data: [...extra, second, first] })).toEqual(both);
  });

  test("actual counts, else forecast; without either the half hour is not known", async () => {
    expect(await values({ data: [row("2025-09-10T00:00Z", 99, null), second] })).toEqual([
      ["00:00", 99, "forecast"],
      ["00:30", 97, "actual"],
    ]);
    expect(await values({ data: [row("2025-09-10T00:00Z", null, null), second] })).toEqual(both.slice(1));
    expect(await values({ data: [{ ...first, intensity: null }, second] })).toEqual(both.slice(1));
    expect(await values({ data: [{ from: first.from, to: first.to }, second] })).toEqual(both.slice(1));
    expect(await values({ data: [row("2025-09-10T00:00Z", 28, 0), second] })).toEqual([
      ["00:00", 0, "actual"],
      ["00:30", 97, "actual"],
    ]);
  });

  test("what was forecast is to be had also where it was measured since; a region has nothing to hold it against", async () => {
    const interval = { from: at("2025-09-10T00:00Z"), to: at("2025-09-10T01:00Z") };
    service();
    const periods = (await gbCarbonIntensity(quick).forecastBefore?.(interval)) ?? [];
    expect(periods.map(({ gco2eqPerKwh, kind }) => [gco2eqPerKwh, kind])).toEqual([
      [valueAt(interval.from) + 1, "forecast"],
      [valueAt(interval.from + HALF) + 1, "forecast"],
    ]);
    expect(gbCarbonIntensity({ ...quick, region: 12 }).forecastBefore).toBeUndefined();
  });

  test("of a half hour given twice, actual counts, then the higher, in either order", async () => {
    const low = row("2025-09-10T00:00Z", 300, 90);
    const predicted = row("2025-09-10T00:00Z", 500, null);
    for (const data of [
      [low, first, predicted, second],
      [predicted, first, low, second],
      [first, predicted, second, low],
    ])
      expect(await values({ data })).toEqual(both);
  });

  test.each([[{}], [{ data: [] }], [{ data: null }], [{ data: {} }]])(
    "%j: nothing is known",
    async (body) => {
      reply(body);
      expect(await values(body)).toEqual([]);
    },
  );

  test.each([[{}], [{ data: [] }], [{ data: null }]])(
    "%j of a past time is asked for once more",
    async (body) => {
      reply(body);
      expect(await values({ data: [first, second] })).toEqual(both);
    },
  );

  test("missing half hours are absent", async () => {
    expect(await values({ data: [second] })).toEqual(both.slice(1));
  });

  const regional = [row("2025-09-10T00:00Z", 99), row("2025-09-10T00:30Z", 98)];
  test.each([
    ["an object about the region", { regionid: 12, shortname: "South England", data: regional }],
    ["an array of them", [{ regionid: 12, data: regional }]],
    ["an array of half hours", regional],
    [
      "half hours with all regions",
      regional.map(({ from, to, intensity }) => ({
        from,
        to,
        regions: [
          { regionid: 11, intensity: { forecast: 1 } },
          { regionid: 12, intensity },
        ],
      })),
    ],
  ])("a regional envelope: %s", async (_, data) => {
    expect(await values({ data }, 12)).toEqual([
      ["00:00", 99, "forecast"],
      ["00:30", 98, "forecast"],
    ]);
  });

  test("a single half hour as an object", async () => {
    expect(await values({ data: first })).toEqual(both.slice(0, 1));
  });

  test("fetchedAt is the clock's time", async () => {
    reply({ data: [first] });
    const [period] = await gbCarbonIntensity(quick).periods(hour);
    expect(period?.fetchedAt).toBe(NOW);
  });

  test.each([
    [
      "a text for a number",
      { data: [first, { ...second, intensity: { actual: "97" } }] },
      /period 2 .*intensity\.actual/,
    ],
    ["no time", { data: [{ to: first.to, intensity: first.intensity }] }, /period 1 .*from/],
    [
      "a time without a zone",
      { data: [{ ...first, from: "2025-09-10 00:00" }] },
      /period 1 .*2025-09-10 00:00/,
    ],
    ["a reversed period", { data: [{ ...first, to: "2025-09-09T00:00Z" }] }, /ends before it starts/],
    [
      "a period of a lifetime",
      { data: [{ ...first, to: "2095-09-10T00:30Z" }, second] },
      /period 1 is not half an hour long/,
    ],
    ["a name with a line break", { "a\r\nb": 1 }, /no "data", but a b/],
    ["another document", { status: "success" }, /no "data", but status/],
    ["an error with status 200", { error: { code: "500", message: "x" } }, /no "data", but error/],
    ["a list", [first], /not a JSON object/],
    ["numbers", { data: [1, 2] }, /period 1 is malformed/],
    ["regions for the nation", { data: [{ ...first, regions: [] }] }, /about regions/],
    ["HTML", "<!doctype html><title>Sign in</title>", /HTML/],
    ["a cut-off body", '{"data":[{"from":"2025-', /truncated|broken/],
    ["nothing at all", "", /empty/],
  ])("%s is a bad reply, in one line", async (_, body, message) => {
    reply(body);
    const asked = gbCarbonIntensity(quick).periods(hour);
    await expect(asked).rejects.toMatchObject({ code: "bad-reply", message: expect.stringMatching(message) });
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining("\n") });
  });

  test.each([
    ["an empty body", ""],
    ["half a JSON", '{"data":[{"from":"2025-'],
    ["a login page", "<html>Sign in</html>"],
  ])("%s is asked for again, and the next good answer counts", async (_, body) => {
    for (let times = 0; times < 3; times++) reply(body);
    reply({ data: [first, second] });
    const source = gbCarbonIntensity({ clock: () => NOW, retryDelayMs: 1 });
    expect(await source.periods(hour)).toHaveLength(2);
    for (let times = 0; times < 7; times++) reply(body);
    await expect(source.periods(hour)).rejects.toMatchObject({ code: "bad-reply" });
    expect(nock.isDone()).toBe(true);
  });

  test("an answer about another region is refused", async () => {
    reply({ data: { regionid: 13, data: regional } });
    const asked = gbCarbonIntensity({ ...quick, region: 12 }).periods(hour);
    await expect(asked).rejects.toMatchObject({
      code: "bad-reply",
      message: expect.stringMatching(/region 13, not 12/),
    });
  });

  test.each([
    [400, "refused", "Please enter a valid date"],
    [500, "server-error", "Requested resource not found."],
  ])("an error body of status %d is told in the service's own words", async (status, code, message) => {
    reply({ error: { code: `${status} x`, message } }, status);
    const asked = gbCarbonIntensity(quick).periods(hour);
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe("forecast", () => {
  const from = at("2025-09-10T10:10Z");
  test("asks for 24 hours when they are enough, from the half hour that `from` is in", async () => {
    const requests = service();
    const periods = await gbCarbonIntensity(quick).forecast(from, 23);
    expect(requests).toEqual(["/intensity/2025-09-10T10:00Z/fw24h"]);
    expect(minute(periods[0]?.from ?? 0)).toBe("2025-09-10T10:00Z");
    expect(minute(periods.at(-1)?.from ?? 0)).toBe("2025-09-11T09:00Z");
  });

  test("asks for 48 hours otherwise, and stops short beyond", async () => {
    const requests = service();
    const source = gbCarbonIntensity(quick);
    expect(await source.forecast(from, 24)).toHaveLength(49);
    expect(await source.forecast(from, 96)).toHaveLength(96);
    expect(requests).toEqual(["/intensity/2025-09-10T10:00Z/fw48h", "/intensity/2025-09-10T10:00Z/fw48h"]);
  });

  test("regional", async () => {
    const requests = service({ region: 12 });
    await gbCarbonIntensity({ ...quick, region: 12 }).forecast(from, 2);
    expect(requests).toEqual(["/regional/intensity/2025-09-10T10:00Z/fw24h/regionid/12"]);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("%d hours are bad input", async (hours) => {
    await expect(gbCarbonIntensity(quick).forecast(from, hours)).rejects.toMatchObject({ code: "bad-input" });
  });
});

describe.skipIf(!hasRecordings())("real recordings", () => {
  const recording = (name: string): { request: string; body: nock.Body } =>
    JSON.parse(readFileSync(recordingAt(name), "utf8"));

  test("national: the first row, which ends at `from`, is not part of it", async () => {
    reply(recording("national-2020-01-01T00_00Z-2020-01-02T23_59Z.json").body);
    const periods = await gbCarbonIntensity(quick).periods(days("2020-01-01T00:00Z", 2));
    expect(periods).toHaveLength(95);
    expect(periods[0]).toMatchObject({ from: at("2020-01-01T00:00Z"), gco2eqPerKwh: 182, kind: "actual" });
  });

  test.each([
    ["regional-now.json", 13, 210],
    ["regional-now.json", 18, undefined],
    ["regional-regionid-13-now.json", 13, 210],
  ])("%s, region %d", async (name, region, value) => {
    reply(recording(name).body);
    const interval = { from: at("2021-04-30T22:30Z"), to: at("2021-04-30T23:00Z") };
    const periods = await gbCarbonIntensity({ ...quick, region }).periods(interval);
    expect(periods).toHaveLength(1);
    if (value !== undefined) expect(periods[0]?.gco2eqPerKwh).toBe(value);
  });
});
