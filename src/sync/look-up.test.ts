import { describe, expect, it } from "vitest";
import { electricityMaps } from "../intensity/electricity-maps/electricity-maps.js";
import { gbCarbonIntensity } from "../intensity/gb.js";
import { formatMinute } from "../intensity/gb-requests.js";
import { eco2mixGeneration } from "../intensity/mix/eco2mix.js";
import { elexonGeneration } from "../intensity/mix/elexon.js";
import { IPCC_2014 } from "../intensity/mix/factors.js";
import type { GenerationSource } from "../intensity/mix/generation.js";
import { mixIntensity } from "../intensity/mix/mix.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, type FinishedHour, HOUR_MS, type Interval } from "../usage/hour.js";
import { type LookUp, lookUpIntensity } from "./look-up.js";

const T = Date.UTC(2025, 8, 10) as FinishedHour;
const hour = (days: number): FinishedHour => (T + days * DAY_MS) as FinishedHour;

function grid(answer: (interval: Interval) => IntensityPeriod[]): IntensitySource & { asked: Interval[] } {
  const asked: Interval[] = [];
  return {
    id: "grid",
    hasActual: true,
    asked,
    periods: async (interval) => {
      asked.push(interval);
      return answer(interval);
    },
  };
}

const period = (from: number, gco2eqPerKwh: number, length = HOUR_MS): IntensityPeriod => ({
  from,
  to: from + length,
  gco2eqPerKwh,
  kind: "actual",
  fetchedAt: T + 100 * DAY_MS,
});

async function all(answers: AsyncIterable<LookUp>): Promise<LookUp[]> {
  const list: LookUp[] = [];
  for await (const answer of answers) list.push(answer);
  return list;
}

describe("hours that are far apart", () => {
  const hours = [hour(0), hour(30), hour(60), hour(90)];
  const refuse = (code: "bad-reply" | "server-error"): never => {
    throw new AdaCarbonError(code, "the grid will not say");
  };

  it("are asked for one by one, the newest first", async () => {
    const source = grid(({ from }) => [period(from, 100)]);
    const answers = await all(lookUpIntensity(source, hours, {}));
    expect(source.asked.map(({ from }) => from)).toEqual(hours.toReversed());
    expect(answers.flatMap((answer) => answer.periods)).toHaveLength(4);
    expect(answers.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it("take 78 requests of the GB service for one in each week of three years, which is once a day", async () => {
    let requests = 0;
    // Without any period it would be asked once more: that is what it says where it has an outage.
    const fetch = async (url: string | URL | Request): Promise<Response> => {
      requests += 1;
      const end = String(url instanceof Request ? url.url : url)
        .split("/")
        .at(-1);
      const [from, to] = [Date.parse(end ?? "") - HOUR_MS / 2, Date.parse(end ?? "")].map(formatMinute);
      return Response.json({ data: [{ from, to, intensity: { forecast: 100, actual: 101 } }] });
    };
    const weekly = Array.from({ length: 156 }, (_, week) => hour(7 * week));
    const clock = (): number => hour(2000);
    await all(lookUpIntensity(gbCarbonIntensity({ fetch, clock }), weekly, {}));
    expect(requests).toBeLessThanOrEqual(78);
    requests = 0;
    await all(lookUpIntensity(gbCarbonIntensity({ fetch, clock }), weekly.slice(0, 1), {}));
    expect(requests).toBe(1);
  });

  it("do not cost each other their carbon when one of them cannot be had", async () => {
    const source = grid(({ from }) => (from === hour(60) ? refuse("bad-reply") : [period(from, 100)]));
    const answers = await all(lookUpIntensity(source, hours, {}));
    expect(answers.flatMap((answer) => answer.hours)).toEqual([hour(90), hour(30), hour(0)]);
    expect(answers.flatMap(({ warnings }) => warnings)).toEqual([
      "no carbon intensity for 2025-11-09T00:00:00Z to 2025-11-09T01:00:00Z: the grid will not say",
    ]);
  });

  it.each(["unreachable", "timeout"] as const)("are not asked for where all is silence: %s", async (code) => {
    const source = grid(() => {
      throw new AdaCarbonError(code, "no answer");
    });
    const answers = await all(lookUpIntensity(source, hours, {}));
    expect(source.asked).toHaveLength(1);
    expect(answers.flatMap(({ warnings }) => warnings)).toEqual([
      "no carbon intensity for 2025-09-10T00:00:00Z to 2025-12-09T01:00:00Z: no answer",
    ]);
  });

  it("are given up after two failures, and all that is left out is named", async () => {
    const source = grid(() => refuse("server-error"));
    const answers = await all(lookUpIntensity(source, hours, {}));
    expect(source.asked).toHaveLength(2);
    expect(answers.flatMap(({ warnings }) => warnings)).toEqual([
      expect.stringMatching(/^no carbon intensity for 2025-12-09T00:00:00Z to/),
      expect.stringMatching(/^no carbon intensity for 2025-09-10T00:00:00Z to 2025-11-09T01:00:00Z: /),
    ]);
  });

  it("stop when the caller has had enough", async () => {
    const reason = new Error("enough");
    const source = grid(() => {
      throw reason;
    });
    await expect(all(lookUpIntensity(source, hours, {}))).rejects.toBe(reason);
  });
});

describe("what is said of an answer", () => {
  const warningsOf = async (periods: IntensityPeriod[], hours: FinishedHour[], fallback?: number) => {
    const answers = lookUpIntensity(
      grid(() => periods),
      hours,
      { fallbackGco2eqPerKwh: fallback },
    );
    return (await all(answers)).flatMap(({ warnings }) => warnings);
  };

  it("hours that the source does not know, or only in part", async () => {
    const [first, second] = [hour(0), (hour(0) + HOUR_MS) as FinishedHour];
    expect(await warningsOf([period(first, 100), period(second, 100, HOUR_MS / 2)], [first, second])).toEqual(
      [
        "grid does not know the intensity of 1 hour, 2025-09-10T01:00:00Z to 2025-09-10T02:00:00Z: without a stored one its carbon is missing",
      ],
    );
    expect(await warningsOf([], [first, second], 200)).toEqual([
      "grid does not know the intensity of 2 hours, 2025-09-10T00:00:00Z to 2025-09-10T02:00:00Z: without a stored one the constant of 200 gCO2eq/kWh counts",
    ]);
  });

  it("two values for the same time", async () => {
    const [warning, ...more] = await warningsOf([period(hour(0), 90), period(hour(0), 101)], [hour(0)]);
    expect(more).toEqual([]);
    expect(warning).toMatch(/90 and 101 gCO2eq\/kWh/);
  });
});

it("keeps what a service said before its quota was used up, and says when it begins anew", async () => {
  let left = 2;
  const fetch = async (request: RequestInfo | URL): Promise<Response> => {
    left -= 1;
    if (left < 0) return new Response("", { status: 429, headers: { "x-ratelimit-reset": "3600" } });
    const { searchParams } = new URL(request instanceof Request ? request.url : request);
    const [from = 0, to = 0] = ["start", "end"].map((name) => Date.parse(searchParams.get(name) ?? ""));
    const data = Array.from({ length: (to - from) / HOUR_MS }, (_, i) => ({
      ...{ zone: "DE", carbonIntensity: 300, emissionFactorType: "lifecycle", isEstimated: false },
      ...{ datetime: new Date(from + i * HOUR_MS).toISOString(), updatedAt: new Date(to).toISOString() },
    }));
    return Response.json({ zone: "DE", data });
  };
  const source = electricityMaps({ zone: "DE", token: "t", fetch, clock: () => hour(100) });
  const month = Array.from({ length: 28 * 24 }, (_, i) => (T + i * HOUR_MS) as FinishedHour);
  const answers = await all(lookUpIntensity(source, month, {}));
  // The last eight days, and the ten before.
  expect(answers.flatMap(({ hours }) => hours)).toHaveLength(18 * 24);
  expect(answers.flatMap(({ warnings }) => warnings)).toEqual([
    expect.stringMatching(/no carbon intensity for .*answered 429; it may be asked again from/),
  ]);
});

it.each<[string, number, (fetch: typeof globalThis.fetch) => GenerationSource]>([
  ["Elexon", 21, (fetch) => elexonGeneration({ fetch })],
  ["éCO2mix", 42, (fetch) => eco2mixGeneration({ fetch })],
])(
  "of three answers of %s keeps the %i days, whatever its quota refuses then",
  async (_, days, sourceWith) => {
    let left = 3;
    const fetch = async (request: RequestInfo | URL): Promise<Response> => {
      left -= 1;
      if (left < 0) return new Response("", { status: 429, headers: { "retry-after": "3600" } });
      const { search } = new URL(request instanceof Request ? request.url : request);
      const said = decodeURIComponent(search).matchAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g);
      const [from = 0, to = 0] = [...said].map(([instant]) => Date.parse(instant));
      const rows = Array.from({ length: (2 * (to - from)) / HOUR_MS }, (_, i) => {
        const start = new Date(from + (i * HOUR_MS) / 2).toISOString();
        return { date_heure: start, gaz: 5000, startTime: start, fuelType: "CCGT", generation: 5000 };
      });
      return Response.json(rows);
    };
    const source = mixIntensity({ generation: sourceWith(fetch), factors: IPCC_2014 });
    const eightWeeks = Array.from({ length: 56 * 24 }, (_, i) => (T + i * HOUR_MS) as FinishedHour);
    const answers = await all(lookUpIntensity(source, eightWeeks, {}));
    expect(answers.flatMap(({ hours }) => hours).toSorted((a, b) => a - b)).toEqual(
      eightWeeks.slice(-days * 24),
    );
    expect(answers.flatMap(({ warnings }) => warnings)).toContainEqual(
      expect.stringMatching(/no carbon intensity for .*answered 429; it may be asked again from/),
    );
  },
);
