import * as z from "zod";
import type { HttpOptions } from "../../transport/http.js";
import { DAY_MS, formatInstant, HOUR_MS, type Interval } from "../../usage/hour.js";
import { assertOptions, oneOf, optional, type Rules } from "../../usage/options.js";
import { cutInto } from "../../usage/pieces.js";
import { firstIssue, instant } from "../instant.js";
import { jsonBody, notAnAnswerOf, SERVICE_OPTIONS, serviceClient } from "../requests.js";
import type { Fuel } from "./factors.js";
import type { GenerationSource } from "./generation.js";
import { type FuelRow, fuelOf, sourceOfRows } from "./generation-rows.js";

const unlike = notAnAnswerOf("Elexon's Insights service");

/** Elexon's Insights service: https://developer.data.elexon.co.uk, read 2026-11-28. No key. */
export const ELEXON_URL = "https://data.elexon.co.uk/bmrs/api/v1";

/** How Elexon is asked. */
export interface ElexonOptions extends Partial<HttpOptions> {
  /** `FUELHH` by half hour, kept for years; `FUELINST` by five minutes. Default `FUELHH`. */
  readonly dataset?: "FUELHH" | "FUELINST" | undefined;
}

const ELEXON_OPTIONS: Rules<ElexonOptions> = {
  ...SERVICE_OPTIONS,
  dataset: optional(oneOf(["FUELHH", "FUELINST"])),
};

/** Pumped storage (`PS`) and interconnectors (`INT...`) generate nothing of their own. */
const FUELS: ReadonlyMap<string, Fuel> = new Map([
  ["BIOMASS", "biomass"],
  ["CCGT", "gas"],
  ["COAL", "coal"],
  ["NPSHYD", "hydro"],
  ["NUCLEAR", "nuclear"],
  ["OCGT", "gas-open-cycle"],
  ["OIL", "oil"],
  ["OTHER", "other"],
  ["WIND", "wind"],
]);
const STEP_MS = { FUELHH: HOUR_MS / 2, FUELINST: HOUR_MS / 12 } as const;
const LONGEST_MS = { FUELHH: 7 * DAY_MS, FUELINST: DAY_MS } as const;

const rows = z.array(
  z.object({
    startTime: instant,
    publishTime: instant.optional(),
    fuelType: z.string().min(1),
    generation: z.number().nullable(),
  }),
);

/**
 * What Great Britain's transmission system generated, from Elexon. Solar and wind on the lower networks are not in it.
 * `bad-reply` for an answer of another shape.
 */
export function elexonGeneration(options: ElexonOptions = {}): GenerationSource {
  assertOptions("elexonGeneration", options, ELEXON_OPTIONS);
  const { dataset = "FUELHH", ...http } = options;
  const client = serviceClient({ url: ELEXON_URL, maxResponseBytes: 32 * 2 ** 20, ...http });
  const read = jsonBody((document, where) => rowsOf(document, STEP_MS[dataset], where));
  return sourceOfRows(
    // Seven days also of FUELINST: of a fuel that is left out of a whole day that day alone does not tell.
    { id: `elexon/${dataset}`, longestRequestMs: LONGEST_MS.FUELHH },
    (interval) => cutInto(interval, LONGEST_MS[dataset]),
    (range, { signal }) =>
      client.request({ path: `datasets/${dataset}/stream`, search: searchOf(range), signal, read }),
  );
}

/** A row is published at the end of its time, or minutes after. */
function searchOf({ from, to }: Interval): URLSearchParams {
  return new URLSearchParams({
    publishDateTimeFrom: formatInstant(from),
    publishDateTimeTo: formatInstant(to + HOUR_MS),
  });
}

function rowsOf(document: unknown, stepMs: number, where: string): FuelRow[] {
  const list =
    typeof document === "object" && document !== null && "data" in document ? document.data : document;
  const { data, error } = rows.safeParse(list);
  if (data === undefined) throw unlike(where, firstIssue(error));
  return data.flatMap(({ startTime: from, fuelType: station, generation, publishTime: updatedAt }) => {
    if (generation === null || station === "PS" || station.startsWith("INT")) return [];
    const fuel = fuelOf(FUELS, station);
    return [{ from, to: from + stepMs, station, fuel, generated: generation, updatedAt }];
  });
}
