import { describe, expect, test } from "vitest";
import { DAY_MS } from "../usage/hour.js";
import { gbCarbonIntensity } from "./gb.js";
import { GB_REGIONS } from "./gb-facts.js";

const NOW = Date.parse("2025-11-01T12:00Z");
const quick = { retries: 0, clock: () => NOW };
const YEAR = { from: Date.parse("2024-01-01T00:00Z"), to: Date.parse("2024-01-01T00:00Z") + 366 * DAY_MS };

describe("failing and stopping", () => {
  test.each([0, 19, 1.5, Number.NaN])("region %d is bad input that lists the regions", (region) => {
    expect(() => gbCarbonIntensity({ region })).toThrow(/12 South England/);
    expect(Object.keys(GB_REGIONS)).toHaveLength(18);
  });

  test("a reversed interval is bad input", async () => {
    const reversed = gbCarbonIntensity(quick).periods({ from: NOW, to: NOW - 1 });
    await expect(reversed).rejects.toMatchObject({ code: "bad-input" });
  });

  test("an abort rejects with its reason and asks no more", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    let requests = 0;
    const fetch: typeof globalThis.fetch = (input) => {
      const { signal } = input as Request;
      requests += 1;
      setTimeout(() => stop.abort(reason), 5);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const asked = gbCarbonIntensity({ ...quick, fetch }).periods(YEAR, {
      signal: stop.signal,
    });
    await expect(asked).rejects.toBe(reason);
    expect(requests).toBe(2);
  });

  test("the first failure ends it: no further request is made", async () => {
    let requests = 0;
    const fetch = async (): Promise<Response> => {
      requests += 1;
      return new Response("no", { status: 403 });
    };
    const asked = gbCarbonIntensity({ ...quick, fetch }).periods(YEAR);
    await expect(asked).rejects.toMatchObject({ code: "unauthorised" });
    expect(requests).toBeLessThanOrEqual(2);
  });
});
