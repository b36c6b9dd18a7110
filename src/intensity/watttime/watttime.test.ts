import nock from "nock";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { hourOf, parseInstant } from "../../usage/hour.js";
import { bestWindow } from "../best-window.js";
import { hourlyIntensity } from "../hourly.js";
import type { IntensityPeriod, IntensitySource } from "../port.js";
import { wattTime } from "./watttime.js";

const SERVICE = "https://api.watttime.org";
const NOW = parseInstant("2025-09-10T12:00Z");
const FROM = parseInstant("2025-09-10T00:00Z");
const grid = (more: object = {}) =>
  wattTime({
    region: "CAISO_NORTH",
    username: "me",
    password: "secret",
    clock: () => NOW,
    retries: 0,
    ...more,
  });
const META = {
  data_point_period_seconds: 300,
  region: "CAISO_NORTH",
  signal_type: "co2_moer",
  units: "lbs_co2_per_mwh",
  model: { date: "2024-06-01" },
};
const login = () =>
  nock(SERVICE).get("/login").basicAuth({ user: "me", pass: "secret" }).reply(200, { token: "t" });
const historical = (meta: object = META, values: readonly (number | null)[] = [1000, 500]) =>
  nock(SERVICE, { reqheaders: { authorization: "Bearer t" } })
    .get("/v3/historical")
    .query(true)
    .reply(200, {
      data: values.map((value, i) => ({ point_time: `2025-09-10T00:0${i * 5}:00+00:00`, value })),
      meta,
    });

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe("WattTime v3", () => {
  it("converts pounds a MWh, and logs in once", async () => {
    login();
    historical();
    historical();
    const source = grid();
    const periods = await source.periods({ from: FROM, to: FROM + 600_000 });
    expect(periods.map(({ gco2eqPerKwh }) => gco2eqPerKwh)).toEqual([453.59237, 226.796185]);
    expect(periods[0]).toMatchObject({ from: FROM, to: FROM + 300_000, signal: "marginal", kind: "actual" });
    await source.periods({ from: FROM, to: FROM + 600_000 });
    expect(nock.isDone()).toBe(true);
  });

  it("logs in again where the token has ended before its time", async () => {
    login();
    historical();
    nock(SERVICE).get("/v3/historical").query(true).reply(401, { error: "token expired" });
    login();
    historical();
    const source = grid();
    await source.periods({ from: FROM, to: FROM + 600_000 });
    expect(await source.periods({ from: FROM, to: FROM + 600_000 })).toHaveLength(2);
  });

  it("is never added to averages, by type and at run time", async () => {
    login();
    historical();
    const source = grid();
    const periods = await source.periods({ from: FROM, to: FROM + 600_000 });
    expectTypeOf(source).not.toExtend<IntensitySource>();
    expectTypeOf(periods).not.toExtend<readonly IntensityPeriod[]>();
    const average = {
      from: FROM,
      to: FROM + 300_000,
      gco2eqPerKwh: 100,
      kind: "actual",
      fetchedAt: 0,
    } as const;
    const untyped = periods as unknown as IntensityPeriod[];
    const asAverage = () => hourlyIntensity(untyped, [hourOf(FROM)], { id: "x", hasActual: true });
    expect(asAverage).toThrow(/is marginal: use is accounted for by averages/);
    expect(() => bestWindow([average, ...untyped], 0.1)).toThrow(/is marginal/);
    expect(bestWindow(periods, 1 / 12)?.gco2eqPerKwh).toBe(226.796185);
  });

  it.each([
    ["another region", { ...META, region: "PJM" }, /about PJM, not CAISO_NORTH/],
    ["another signal", { ...META, signal_type: "health_damage" }, /health_damage, not co2_moer/],
    ["another unit", { ...META, units: "kg_co2_per_mwh" }, /in kg_co2_per_mwh, not lbs_co2_per_mwh/],
  ])("refuses %s", async (_, meta, message) => {
    login();
    historical(meta);
    await expect(grid().periods({ from: FROM, to: FROM + 600_000 })).rejects.toThrow(message);
  });

  it("says by which model of WattTime its values are", async () => {
    login();
    historical();
    const source = grid();
    const interval = { from: FROM, to: FROM + 600_000 };
    expect((await source.periods(interval)).map(({ model }) => model)).toEqual(["2024-06-01", "2024-06-01"]);
    const { model: _, ...silent } = META;
    historical(silent);
    for (const period of await source.periods(interval)) expect(period).not.toHaveProperty("model");
  });

  it("passes on what WattTime warns of", async () => {
    login();
    historical({ ...META, warnings: [{ type: "EXAMPLE", message: "partial data" }] });
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    await grid().periods({ from: FROM, to: FROM + 600_000 }, { onWarning });
    expect(warnings).toEqual(["watttime/CAISO_NORTH/co2_moer: partial data"]);
  });

  it("refuses values that are none, and does not know those that are null", async () => {
    login();
    historical(META, [null, 700]);
    const source = grid();
    expect(await source.periods({ from: FROM, to: FROM + 600_000 })).toHaveLength(1);
    historical(META, [700_000]);
    await expect(source.periods({ from: FROM, to: FROM + 600_000 })).rejects.toThrow(
      /700000 .* is no intensity/,
    );
  });

  it("says that the password is wrong, without it", async () => {
    nock(SERVICE).get("/login").reply(403, { error: "Forbidden" });
    const failure = await grid()
      .periods({ from: FROM, to: FROM + 1 })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unauthorised" });
    expect(String(failure)).not.toContain("secret");
  });
});
