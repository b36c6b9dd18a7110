import * as z from "zod";
import type { HttpOptions } from "../../transport/http.js";
import { DAY_MS, formatInstant, HALF_HOUR_MS } from "../../usage/hour.js";
import { assertOptions, oneOf, optional, type Rules } from "../../usage/options.js";
import { cutInto } from "../../usage/pieces.js";
import { firstIssue, instant } from "../instant.js";
import { jsonBody, notAnAnswerOf, SERVICE_OPTIONS, serviceClient } from "../requests.js";
import type { Fuel } from "./factors.js";
import type { GenerationSource } from "./generation.js";
import { type FuelRow, fuelOf, sourceOfRows } from "./generation-rows.js";

/** RTE's data at ODRÉ: https://odre.opendatasoft.com/explore/dataset/eco2mix-national-tr, read 2026-11-28. No key. */
export const ECO2MIX_URL = "https://odre.opendatasoft.com/api/explore/v2.1/catalog/datasets";

/** How éCO2mix is asked. */
export interface Eco2mixOptions extends Partial<HttpOptions> {
  /** `eco2mix-national-tr` has the last weeks, `eco2mix-national-cons-def` the years before. Default the first. */
  readonly dataset?: "eco2mix-national-tr" | "eco2mix-national-cons-def" | undefined;
}

const ECO2MIX_OPTIONS: Rules<Eco2mixOptions> = {
  ...SERVICE_OPTIONS,
  dataset: optional(oneOf(["eco2mix-national-tr", "eco2mix-national-cons-def"])),
};

const FUELS: ReadonlyMap<string, Fuel> = new Map([
  ["bioenergies", "biomass"],
  ["charbon", "coal"],
  ["eolien", "wind"],
  ["fioul", "oil"],
  ["gaz", "gas"],
  ["hydraulique", "hydro"],
  ["nucleaire", "nuclear"],
  ["solaire", "solar"],
]);
const LONGEST_MS = 14 * DAY_MS;
/** Columns of what is used, forecast, stored and exchanged, and of grams: they generate nothing of their own. */
const OTHER = /^(consommation|prevision|pompage|stockage|destockage|ech|taux|date)(_|$)/;
const rows = z.array(z.looseObject({ date_heure: instant }));

/** Whether a column is of stations of a kind. One that is not known is, so that it is not lost; parts of a fuel are in it. */
function isGeneration(column: string): boolean {
  const [fuel = column] = column.split("_", 1);
  return !OTHER.test(column) && (fuel === column || !FUELS.has(fuel));
}

/** What France generated, by half hours, from RTE's éCO2mix. `bad-reply` for an answer of another shape. */
export function eco2mixGeneration(options: Eco2mixOptions = {}): GenerationSource {
  assertOptions("eco2mixGeneration", options, ECO2MIX_OPTIONS);
  const { dataset = "eco2mix-national-tr", ...http } = options;
  const client = serviceClient({ url: ECO2MIX_URL, ...http });
  return sourceOfRows(
    { id: `eco2mix/${dataset}`, longestRequestMs: LONGEST_MS },
    (interval) => cutInto(interval, LONGEST_MS),
    ({ from, to }, { signal }) => {
      const where = `date_heure >= date'${formatInstant(from - HALF_HOUR_MS)}' AND date_heure < date'${formatInstant(to)}'`;
      const search = new URLSearchParams({ where, order_by: "date_heure", timezone: "UTC" });
      return client.request({ path: `${dataset}/exports/json`, search, signal, read: jsonBody(rowsOf) });
    },
  );
}

/** Rows of half hours; the real-time set has quarters in which only the consumption is there. */
function rowsOf(document: unknown, where: string): FuelRow[] {
  const { data, error } = rows.safeParse(document);
  if (data === undefined) throw notAnAnswerOf("éCO2mix")(where, firstIssue(error));
  return data.flatMap(({ date_heure: from, ...values }) =>
    from % HALF_HOUR_MS !== 0
      ? []
      : Object.entries(values).flatMap(([column, value]): FuelRow[] => {
          const generated = megawatts(value);
          if (!Number.isFinite(generated) || !isGeneration(column)) return [];
          const fuel = fuelOf(FUELS, column);
          return [{ from, to: from + HALF_HOUR_MS, station: column, fuel, generated }];
        }),
  );
}

/** A number, as such or as a text; `ND` and `-` are not known. */
function megawatts(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value !== "string" || value.trim() === "" ? Number.NaN : Number(value);
}
