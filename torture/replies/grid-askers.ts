import { existsSync, readFileSync } from "node:fs";
import { gbCarbonIntensity } from "../../src/intensity/gb.js";
import type { IntensityPeriod } from "../../src/intensity/port.js";
import type { Asker } from "./campaign.js";

const HALF_HOUR_MS = 1_800_000;
const FROM = Date.UTC(2025, 8, 10);
const INTERVAL = { from: FROM, to: FROM + 6 * HALF_HOUR_MS };
const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
const REGION = 12;

const rows = (isNational: boolean): object[] =>
  Array.from({ length: 8 }, (_, i) => ({
    from: minute(FROM + (i - 1) * HALF_HOUR_MS),
    to: minute(FROM + i * HALF_HOUR_MS),
    intensity: {
      forecast: 120 + i,
      ...(isNational ? { actual: i < 5 ? 110 + i : null } : {}),
      index: "moderate",
    },
  }));
const region = { regionid: REGION, dnoregion: "SSE South", shortname: "South England" };
const NATIONAL = [{ data: rows(true) }, { data: [] }, {}];
const REGIONAL = [
  { data: { ...region, data: rows(false) } },
  { data: [{ ...region, data: rows(false) }] },
  {
    data: rows(false).map((row) => ({
      ...row,
      regions: [
        { regionid: 1, intensity: { forecast: 7 } },
        { ...region, ...row },
      ],
    })),
  },
];

/** A recorded reply, where the recordings lie beside the repository. */
function recorded(name: string): unknown[] {
  const place = new URL(`../../../shared/recordings/${name}`, import.meta.url);
  return existsSync(place) ? [JSON.parse(readFileSync(place, "utf8")).body] : [];
}

const RECORDED = { from: Date.UTC(2020, 0, 1), to: Date.UTC(2020, 0, 3) };

/** The client of the GB service: each value it gives must stand in the reply, for that time. */
export const GRID_ASKERS: readonly Asker[] = [
  {
    kind: "replies of the national grid",
    documents: NATIONAL,
    ask: (fetch) => gbCarbonIntensity({ fetch, retries: 0, clock: () => 0 }).periods(INTERVAL),
    wrongIn: (answer, body) => wrongPeriod(answer, body, INTERVAL, true),
    mustTake: () => false,
  },
  {
    kind: "replies of a regional grid",
    documents: REGIONAL,
    ask: (fetch) =>
      gbCarbonIntensity({ fetch, retries: 0, clock: () => 0, region: REGION }).forecast(FROM, 3),
    wrongIn: (answer, body) => wrongPeriod(answer, body, INTERVAL, false),
    mustTake: () => false,
  },
  {
    kind: "recorded replies of the national grid",
    documents: [...recorded("national-2020-01-01T00_00Z-2020-01-02T23_59Z.json"), ...NATIONAL],
    ask: (fetch) => gbCarbonIntensity({ fetch, retries: 0, clock: () => 0 }).periods(RECORDED),
    wrongIn: (answer, body) => wrongPeriod(answer, body, RECORDED, true),
    mustTake: () => false,
  },
];

interface Row {
  readonly from: number;
  readonly to: number;
  readonly actual: unknown;
  readonly forecast: unknown;
}

function wrongPeriod(
  answer: unknown,
  body: Uint8Array,
  asked: { readonly from: number; readonly to: number },
  isNational: boolean,
): string | undefined {
  const given = rowsIn(JSON.parse(new TextDecoder().decode(body)), {});
  let last = Number.NEGATIVE_INFINITY;
  for (const period of answer as IntensityPeriod[]) {
    const { from, to, gco2eqPerKwh: value, kind } = period;
    const sources = given.filter(
      (row) => row.from <= from && to <= row.to && kind !== "estimated" && row[kind] === value,
    );
    const isSane =
      from < to && from >= last && from < asked.to && to > asked.from && value >= 0 && value <= 2000;
    const isBelieved = sources.some(
      ({ forecast }) =>
        kind === "forecast" ||
        typeof forecast !== "number" ||
        forecast < 30 ||
        forecast > 2000 ||
        value * 10 >= forecast,
    );
    if (!isSane || !isBelieved || (!isNational && kind === "actual"))
      return `wrong: ${JSON.stringify(period)}`;
    last = to;
  }
  return undefined;
}

/** Everything in a reply that has a time and values: of a list of regions, those of ours. */
function rowsIn(node: unknown, around: { from?: unknown; to?: unknown }): Row[] {
  if (typeof node !== "object" || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => rowsIn(item, around));
  const own = node as Record<string, unknown>;
  // Regions have the times of the half hour that lists them.
  const times = { from: around.from ?? own.from, to: around.to ?? own.to };
  const { actual, forecast } = (own.intensity ?? {}) as Record<string, unknown>;
  const row = { from: Date.parse(String(times.from)), to: Date.parse(String(times.to)), actual, forecast };
  return [row, ...rowsIn(own.data, {}), ...rowsIn(own.regions, times)];
}
