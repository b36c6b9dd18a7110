import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, parseInstant } from "../../usage/hour.js";
import { cachedIntensity } from "../cache.js";
import { memoryIntensityCache } from "../cache-port.js";
import { electricityMaps } from "./electricity-maps.js";

const NOW = parseInstant("2024-03-06T20:00Z");
const SERVICE = "https://api.electricitymaps.com";
const grid = (more: object = {}) =>
  electricityMaps({ zone: "DE", token: "secret-token", clock: () => NOW, retries: 0, ...more });

/** Hours of a recorded reply (aioelectricitymaps, carbon_intensity_history.json). */
const row = (datetime: string, carbonIntensity: number | null, isEstimated = false) => ({
  zone: "DE",
  carbonIntensity,
  datetime,
  updatedAt: "2024-03-06T19:45:00.000Z",
  createdAt: "2024-03-03T20:00:00.000Z",
  emissionFactorType: "lifecycle",
  isEstimated,
  estimationMethod: isEstimated ? "TIME_SLICER_AVERAGE" : null,
});
const RECORDED = [
  row("2024-03-06T16:00:00.000Z", 627),
  row("2024-03-06T17:00:00.000Z", 633),
  row("2024-03-06T18:00:00.000Z", 663, true),
];
const answers = (data: unknown, status = 200, headers: Record<string, string> = {}) =>
  nock(SERVICE)
    .get("/v3/carbon-intensity/past-range")
    .query(true)
    .reply(status, data as nock.Body, headers);
const INTERVAL = { from: parseInstant("2024-03-06T16:00Z"), to: parseInstant("2024-03-06T19:00Z") };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe("Electricity Maps v3", () => {
  it("gives measured and estimated hours, and when they were updated", async () => {
    nock(SERVICE, { reqheaders: { "auth-token": "secret-token" } })
      .get("/v3/carbon-intensity/past-range")
      .query({
        zone: "DE",
        emissionFactorType: "lifecycle",
        start: "2024-03-06T16:00:00Z",
        end: "2024-03-06T19:00:00Z",
        temporalGranularity: "hourly",
      })
      .reply(200, { zone: "DE", temporalGranularity: "hourly", data: RECORDED });
    const periods = await grid().periods(INTERVAL);
    expect(periods.map(({ gco2eqPerKwh, kind }) => [gco2eqPerKwh, kind])).toEqual([
      [627, "actual"],
      [633, "actual"],
      [663, "estimated"],
    ]);
    expect(periods[0]).toMatchObject({
      from: INTERVAL.from,
      to: INTERVAL.from + HOUR_MS,
      updatedAt: parseInstant("2024-03-06T19:45Z"),
    });
    expect(grid().basis).toMatchObject({ signal: "average", emissions: "lifecycle", flow: "consumption" });
  });

  it("asks for ten days at once", async () => {
    const asked: string[] = [];
    nock(SERVICE)
      .get("/v3/carbon-intensity/past-range")
      .query((query) => {
        asked.push(`${query.start}/${query.end}`);
        return true;
      })
      .times(3)
      .reply(200, { zone: "DE", data: [] });
    const from = Date.UTC(2024, 0, 1);
    await grid().periods({ from, to: from + 25 * DAY_MS });
    expect(new Set(asked)).toEqual(
      new Set([
        "2024-01-01T00:00:00Z/2024-01-11T00:00:00Z",
        "2024-01-11T00:00:00Z/2024-01-21T00:00:00Z",
        "2024-01-21T00:00:00Z/2024-01-26T00:00:00Z",
      ]),
    );
  });

  it("takes a measured hour in place of an estimated one, and keeps it", async () => {
    const cached = cachedIntensity(grid(), memoryIntensityCache(), { clock: () => NOW, freshForMs: 0 });
    const kinds = async () => (await cached.periods(INTERVAL)).map(({ kind }) => kind);
    answers({ zone: "DE", data: RECORDED });
    expect(await kinds()).toEqual(["actual", "actual", "estimated"]);
    answers({ zone: "DE", data: [...RECORDED.slice(0, 2), row("2024-03-06T18:00:00.000Z", 659)] });
    expect(await kinds()).toEqual(["actual", "actual", "actual"]);
    answers({ zone: "DE", data: RECORDED });
    expect(await kinds()).toEqual(["actual", "actual", "actual"]);
  });

  it("does not know an hour that is null", async () => {
    answers({ zone: "DE", data: [row("2024-03-06T16:00:00.000Z", null), RECORDED[1]] });
    expect(await grid().periods(INTERVAL)).toHaveLength(1);
  });

  it("believes next to nothing of direct emissions, as of a zone with water alone", async () => {
    const reply = { ...RECORDED[0], carbonIntensity: 0.5, emissionFactorType: "direct" };
    answers({ zone: "DE", data: [reply] });
    expect(await grid({ emissions: "direct" }).periods(INTERVAL)).toMatchObject([{ gco2eqPerKwh: 0.5 }]);
  });

  it("predicts", async () => {
    nock(SERVICE)
      .get("/v3/carbon-intensity/forecast")
      .query(true)
      .reply(200, {
        zone: "DE",
        updatedAt: "2024-03-06T19:50:00.000Z",
        forecast: [
          { carbonIntensity: 600, datetime: "2024-03-06T20:00:00.000Z" },
          { carbonIntensity: 580, datetime: "2024-03-06T21:00:00.000Z" },
        ],
      });
    const periods = await grid().forecast(NOW, 1);
    expect(periods).toMatchObject([{ gco2eqPerKwh: 600, kind: "forecast" }]);
  });

  it("names the nearest zones for one that there is not", async () => {
    answers({ error: "Zone not found" }, 404);
    nock(SERVICE)
      .get("/v3/zones")
      .reply(200, { DE: { zoneName: "Germany" }, "DK-DK1": { zoneName: "West Denmark" } });
    await expect(grid({ zone: "DEE" }).periods(INTERVAL)).rejects.toThrow(
      /no zone "DEE"; near it are DE \(Germany\), DK-DK1/,
    );
  });

  it.each([
    ["DK", /near it are DK-DK1 \(West Denmark\), D/],
    ["germany", /near it are DE \(Germany\)/],
  ])("knows zones of a country, and by their names: %s", async (zone, expected) => {
    const zones = { DO: {}, DE: { zoneName: "Germany" }, "DK-DK1": { zoneName: "West Denmark" } };
    answers({ error: "Zone not found" }, 404);
    nock(SERVICE).get("/v3/zones").reply(200, zones);
    await expect(grid({ zone }).periods(INTERVAL)).rejects.toThrow(expected);
  });

  it("says that the token is wrong, without the token", async () => {
    answers({ error: "Invalid auth-token" }, 401);
    nock(SERVICE)
      .get("/v3/zones")
      .reply(200, { DE: { zoneName: "Germany" } });
    const failure = await grid()
      .periods(INTERVAL)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unauthorised" });
    expect(String(failure)).toContain("Invalid auth-token");
    expect(JSON.stringify(failure) + String(failure)).not.toContain("secret-token");
  });

  it.each([
    ["retry-after", "7200"],
    ["x-ratelimit-reset", "7200"],
    ["ratelimit-reset", String(Math.round(Date.now() / 1000) + 7200)],
  ])("says when a quota that is used up begins anew, as %s has it", async (header, value) => {
    answers({ error: "Too many requests" }, 429, { [header]: value });
    await expect(grid().periods(INTERVAL)).rejects.toThrow(
      /answered 429; Too many requests; it may be asked again from \d{4}-/,
    );
  });

  it.each([
    ["another zone", { zone: "FR", data: [] }, /about FR, not DE/],
    ["an hour of another zone", { zone: "DE", data: [{ ...RECORDED[0], zone: "FR" }] }, /about FR, not DE/],
    [
      "another factor",
      { zone: "DE", data: [{ ...RECORDED[0], emissionFactorType: "direct" }] },
      /direct, not lifecycle/,
    ],
    ["another length", { zone: "DE", temporalGranularity: "daily", data: [] }, /daily, not hourly/],
    [
      "kilograms as text",
      { zone: "DE", data: [{ ...RECORDED[0], carbonIntensity: "0.6" }] },
      /expected number/,
    ],
    [
      "kilograms",
      { zone: "DE", data: [{ ...RECORDED[0], carbonIntensity: 0.627 }] },
      /most are under 2, as kilo/,
    ],
    [
      "kilograms in one hour",
      {
        zone: "DE",
        data: RECORDED.slice(0, 3).map((row, i) => (i === 1 ? { ...row, carbonIntensity: 0.63 } : row)),
      },
      /0\.63 stands beside \d+, which is over 300 times/,
    ],
    ["tonnes", { zone: "DE", data: [{ ...RECORDED[0], carbonIntensity: 627_000 }] }, /carbonIntensity/],
    ["nothing of it", { zone: "DE" }, /neither data nor history/],
  ])("refuses %s", async (_, reply, message) => {
    answers(reply);
    await expect(grid().periods(INTERVAL)).rejects.toThrow(message);
  });
});
