import { describe, expect, test } from "vitest";
import { HOUR_MS, parseInstant } from "../usage/hour.js";
import { cachedIntensity } from "./cache.js";
import { memoryIntensityCache } from "./cache-port.js";
import { gbCarbonIntensity } from "./gb.js";
import { hourlyIntensity } from "./hourly.js";

const HALF = HOUR_MS / 2;
const T = parseInstant("2025-09-10T00:00Z");
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const clock = (): number => T + 40 * 24 * HOUR_MS;

interface Given {
  readonly forecast: number | null;
  readonly actual?: number | null;
}

/** What the service is asked for the hour from T on, and what was said, when it answers with these half hours. */
async function ask(given: readonly Given[], region?: number) {
  const data = given.map((intensity, i) => ({
    from: minute(T + i * HALF),
    to: minute(T + (i + 1) * HALF),
    intensity,
  }));
  const fetch = async (): Promise<Response> => Response.json({ data });
  const source = gbCarbonIntensity({ fetch, clock, retries: 0, ...(region === undefined ? {} : { region }) });
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const periods = await source.periods({ from: T, to: T + given.length * HALF }, { onWarning });
  return { source, periods, warnings, values: periods.map((p) => [p.gco2eqPerKwh, p.kind]) };
}

describe("a measured value that nobody has seen", () => {
  test("0 beside a forecast of 130 is doubted: the forecast counts, provisionally, and it is said", async () => {
    const { source, periods, warnings, values } = await ask([
      { forecast: 130, actual: 0 },
      { forecast: 125, actual: 120 },
    ]);
    expect(values).toEqual([
      [130, "forecast"],
      [120, "actual"],
    ]);
    expect(warnings).toEqual([
      "gb-carbon-intensity/national: a measured 0 gCO2/kWh beside a forecast of 130 is not believed, " +
        "2025-09-10T00:00:00Z to 2025-09-10T00:30:00Z: the forecast counts until the service gives another value",
    ]);
    const [provenance] = hourlyIntensity(periods, [T as never], source).provenance;
    expect(provenance).toMatchObject({ kind: "forecast", settled: false });
  });

  test("however many there are, it is said once", async () => {
    const { warnings } = await ask(Array.from({ length: 48 }, () => ({ forecast: 100, actual: 0 })));
    expect(warnings).toEqual([
      expect.stringMatching(/00:30:00Z and 47 more half hours: the forecast counts/),
    ]);
  });

  test("the half hour at the border of two requests is counted once", async () => {
    const fetch = async (input: string | URL | Request): Promise<Response> => {
      const [from = "", to = ""] = new URL((input as Request).url).pathname.split("/").slice(2);
      const data = [];
      for (let end = parseInstant(from); end <= parseInstant(to); end += HALF)
        data.push({ from: minute(end - HALF), to: minute(end), intensity: { forecast: 100, actual: 0 } });
      return Response.json({ data });
    };
    const warnings: string[] = [];
    const source = gbCarbonIntensity({ fetch, clock });
    const span = { from: T, to: T + 28 * 24 * HOUR_MS };
    await source.periods(span, { onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringMatching(/and 1343 more half hours/)]);
  });

  test.each([
    ["0 beside a low forecast", { forecast: 12, actual: 0 }, [[0, "actual"]]],
    ["much less than was forecast", { forecast: 136, actual: 28 }, [[28, "actual"]]],
    ["much more than was forecast", { forecast: 28, actual: 136 }, [[136, "actual"]]],
    ["next to nothing beside a high forecast", { forecast: 200, actual: 1 }, [[200, "forecast"]]],
    ["0 without a forecast", { forecast: null, actual: 0 }, []],
    ["0 beside a forecast of 0", { forecast: 0, actual: 0 }, []],
    ["a forecast of 0 for the whole country", { forecast: 0 }, []],
    ["ten times and more what was forecast", { forecast: 40, actual: 401 }, [[40, "forecast"]]],
    ["ten times what was forecast", { forecast: 40, actual: 400 }, [[400, "actual"]]],
    ["5,000", { forecast: 130, actual: 5000 }, [[130, "forecast"]]],
    ["5,000 without a forecast", { forecast: null, actual: 5000 }, []],
    ["less than nothing", { forecast: 130, actual: -1 }, [[130, "forecast"]]],
    ["less than nothing beside a low forecast", { forecast: 5, actual: -1 }, [[5, "forecast"]]],
    ["a forecast of less than nothing", { forecast: -1 }, []],
    ["a measured value beside a forecast of 5,000", { forecast: 5000, actual: 101 }, [[101, "actual"]]],
    ["two that cannot be", { forecast: 5000, actual: -1 }, []],
  ])("%s", async (_, given, expected) => {
    expect((await ask([given])).values).toEqual(expected);
  });

  test("a 0 that is left out is said, too", async () => {
    const { warnings } = await ask([{ forecast: null, actual: 0 }]);
    expect(warnings).toEqual([expect.stringMatching(/without a forecast is not believed/)]);
  });

  test("a prediction that cannot be is said, and costs no other half hour", async () => {
    const { values, warnings } = await ask([{ forecast: 5000 }, { forecast: -3 }, { forecast: 120 }]);
    expect(values).toEqual([[120, "forecast"]]);
    expect(warnings).toEqual([
      "gb-carbon-intensity/national: a predicted 5000 gCO2/kWh is not believed, 2025-09-10T00:00:00Z to " +
        "2025-09-10T00:30:00Z and 1 more half hours: nothing is known until the service gives another value",
    ]);
  });

  test.each([-1, 2001])("a region's forecast of %d is not believed", async (forecast) => {
    const { values, warnings } = await ask([{ forecast }], 1);
    expect([values, warnings]).toEqual([[], [expect.stringMatching(/a predicted -?\d+ gCO2\/kWh is not/)]]);
  });

  test("a region's forecast of 0 is believed", async () => {
    const { values, warnings } = await ask([{ forecast: 0 }], 1);
    expect([values, warnings]).toEqual([[[0, "forecast"]], []]);
  });

  test("the cache passes on what is said, and keeps no doubted value", async () => {
    const { source } = await ask([{ forecast: 130, actual: 0 }]);
    const cached = cachedIntensity(source, memoryIntensityCache(), { clock });
    const warnings: string[] = [];
    const hour = { from: T, to: T + HALF };
    const periods = await cached.periods(hour, { onWarning: (message) => warnings.push(message) });
    expect(periods).toMatchObject([{ gco2eqPerKwh: 130, kind: "forecast" }]);
    expect(warnings).toHaveLength(1);
  });
});
