import { electricityMaps } from "../../src/intensity/electricity-maps/electricity-maps.js";
import { eco2mixGeneration } from "../../src/intensity/mix/eco2mix.js";
import { elexonGeneration } from "../../src/intensity/mix/elexon.js";
import type { GenerationSource } from "../../src/intensity/mix/generation.js";
import type { GridPeriod } from "../../src/intensity/port.js";
import { wattTime } from "../../src/intensity/watttime/watttime.js";
import type { Asker } from "./campaign.js";

// The services of grids beside the GB one: what they give must stand in the reply, for that time.

const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 3 * HOUR_MS };
const LB_PER_MWH = 0.453_592_37;
const instant = (ms: number): string => new Date(ms).toISOString();
const times = (count: number, stepMs: number): string[] =>
  Array.from({ length: count }, (_, i) => instant(FROM + i * stepMs));

const MAPS = {
  zone: "DE",
  data: times(3, HOUR_MS).map((datetime, i) => ({
    ...{ zone: "DE", carbonIntensity: 300 + i, datetime, isEstimated: i === 2 },
    ...{ updatedAt: instant(FROM + 9 * HOUR_MS), emissionFactorType: "lifecycle" },
  })),
  temporalGranularity: "hourly",
};
const WATTTIME = {
  data: times(36, HOUR_MS / 12).map((point_time, i) => ({ point_time, value: 900 + i })),
  meta: {
    ...{ region: "CAISO_NORTH", signal_type: "co2_moer", units: "lbs_co2_per_mwh" },
    ...{ data_point_period_seconds: 300, generated_at: instant(FROM) },
  },
};
const ELEXON = {
  data: times(6, HOUR_MS / 2).flatMap((startTime, i) =>
    ["CCGT", "WIND", "NUCLEAR", "PS", "INTFR"].map((fuelType, k) => ({
      ...{ startTime, publishTime: startTime, fuelType, generation: 1000 + 100 * i + 10 * k },
    })),
  ),
};
const ECO2MIX = times(6, HOUR_MS / 2).map((date_heure, i) => ({
  ...{ date_heure, nucleaire: 40_000 + i, gaz: 3000, eolien: String(5000 + i), charbon: null, pompage: -900 },
}));

/** What a mix is made of: each amount is one that the reply has. */
function mixAsker(kind: string, document: unknown, generationOf: (fetch: Fetch) => GenerationSource): Asker {
  return {
    kind,
    documents: [document],
    ask: async (fetch) =>
      (await generationOf(fetch).generation(INTERVAL)).map(({ from, to, byFuel }) => ({
        ...{ from, to, amounts: [...byFuel.values()] },
      })),
    wrongIn: (answer, body) => {
      const given = new Set(numbersIn(JSON.parse(new TextDecoder().decode(body))));
      const wrong = (answer as { readonly amounts?: readonly number[] }[]).find(
        ({ amounts }) => !(amounts ?? [Number.NaN]).every((amount) => given.has(amount)),
      );
      return wrong && `wrong: ${JSON.stringify(wrong)}`;
    },
    mustTake: () => false,
  };
}

function numbersIn(node: unknown): number[] {
  if (typeof node === "number") return [node];
  // An empty text is no number.
  if (typeof node === "string") return node.trim() === "" || Number.isNaN(Number(node)) ? [] : [Number(node)];
  return typeof node === "object" && node !== null ? Object.values(node).flatMap(numbersIn) : [];
}

/** Periods with the value last. */
function told(periods: readonly GridPeriod[]): GridPeriod[] {
  return periods.map(({ from, to, kind, fetchedAt, gco2eqPerKwh }) => {
    return { from, to, kind, fetchedAt, gco2eqPerKwh };
  });
}

type Fetch = typeof globalThis.fetch;
const quick = { retries: 0 };

export const SERVICE_ASKERS: readonly Asker[] = [
  {
    kind: "replies of Electricity Maps",
    documents: [MAPS],
    ask: async (fetch) =>
      told(
        await electricityMaps({ zone: "DE", token: "t", fetch, ...quick, clock: () => INTERVAL.to }).periods(
          INTERVAL,
        ),
      ),
    wrongIn: (answer, body) => wrongPeriod(answer, body, standsIn("carbonIntensity", 1, body)),
    mustTake: () => false,
  },
  {
    kind: "replies of WattTime",
    documents: [WATTTIME],
    ask: async (fetch) => {
      // Who may ask is said by a reply of its own, which is as it should be.
      const loggedIn: Fetch = async (input, init) =>
        new URL(input instanceof Request ? input.url : input).pathname.endsWith("/login")
          ? Response.json({ token: "t" })
          : fetch(input, init);
      const grid = { region: "CAISO_NORTH", username: "me", password: "pw", fetch: loggedIn };
      return told(await wattTime({ ...grid, ...quick, clock: () => INTERVAL.to }).periods(INTERVAL));
    },
    wrongIn: (answer, body) => wrongPeriod(answer, body, standsIn("value", LB_PER_MWH, body)),
    mustTake: () => false,
  },
  mixAsker("replies of Elexon", ELEXON, (fetch) => elexonGeneration({ fetch, ...quick })),
  mixAsker("replies of éCO2mix", ECO2MIX, (fetch) => eco2mixGeneration({ fetch, ...quick })),
];

/** What is wrong with a period, or with their order; each must begin at a time that the reply names. */
function wrongPeriod(
  answer: unknown,
  body: Uint8Array,
  isRight: (period: GridPeriod) => boolean,
): string | undefined {
  const named = new Set(textsIn(JSON.parse(new TextDecoder().decode(body))).map((text) => Date.parse(text)));
  let last = Number.NEGATIVE_INFINITY;
  for (const period of answer as GridPeriod[]) {
    const { from, to } = period;
    const isSane = from < to && from >= last && from < INTERVAL.to && to > INTERVAL.from;
    if (!isSane || !named.has(from) || !isRight(period)) return `wrong: ${JSON.stringify(period)}`;
    last = to;
  }
  return undefined;
}

/** Whether a period's value is one that the reply has under this name, in the reply's unit. */
function standsIn(name: string, gramsPerKwh: number, body: Uint8Array): (period: GridPeriod) => boolean {
  const values = membersOf(JSON.parse(new TextDecoder().decode(body)), name);
  return ({ gco2eqPerKwh }) =>
    gco2eqPerKwh >= 0 && gco2eqPerKwh <= 5000 && values.some((value) => value * gramsPerKwh === gco2eqPerKwh);
}

function membersOf(node: unknown, name: string): number[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === name && typeof value === "number" ? [value] : membersOf(value, name),
  );
}

function textsIn(node: unknown): string[] {
  if (typeof node === "string") return [node];
  return typeof node === "object" && node !== null ? Object.values(node).flatMap(textsIn) : [];
}
