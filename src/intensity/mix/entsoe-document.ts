import { AdaCarbonError } from "../../usage/errors.js";
import { HOUR_MS, parseInstant } from "../../usage/hour.js";
import { childrenOf, type Element, parseXml, textIn } from "./entsoe-xml.js";
import type { Fuel } from "./factors.js";
import type { FuelRow } from "./generation-rows.js";

/** Kinds of production by code. Storage generates nothing of its own. */
const FUELS: Readonly<Record<string, Fuel>> = {
  B01: "biomass",
  B02: "lignite",
  B03: "gas",
  B04: "gas",
  B05: "coal",
  B06: "oil",
  B07: "oil",
  B08: "lignite",
  B09: "geothermal",
  B11: "hydro",
  B12: "hydro",
  B13: "other",
  B14: "nuclear",
  B15: "other",
  B16: "solar",
  B17: "waste",
  B18: "wind-offshore",
  B19: "wind",
  B20: "other",
};
/** Pumped storage and batteries give back what they took. */
const STORAGE = ["B10", "B25"];
const STEP_MS: Readonly<Record<string, number>> = {
  PT15M: HOUR_MS / 4,
  PT30M: HOUR_MS / 2,
  PT60M: HOUR_MS,
  PT1H: HOUR_MS,
};

/** The rows of a document. */
export function readEntsoe(text: string, where: string): FuelRow[] {
  const document = parseXml(text, where);
  if (document.name === "Acknowledgement_MarketDocument") {
    const reason = textIn(document, "Reason", "text") ?? "";
    if (/no matching data/i.test(reason)) return [];
    throw unlike(where, reason.slice(0, 200) || "it refuses without a reason");
  }
  if (document.name !== "GL_MarketDocument") throw unlike(where, `it is a ${document.name.slice(0, 40)}`);
  const createdAt = textIn(document, "createdDateTime");
  const updatedAt = createdAt === undefined ? undefined : parseInstant(createdAt);
  return childrenOf(document, "TimeSeries").flatMap((series) => rowsOfSeries(series, updatedAt, where));
}

function rowsOfSeries(series: Element, updatedAt: number | undefined, where: string): FuelRow[] {
  // Series of what stations consume name the zone that the electricity leaves.
  if (textIn(series, "outBiddingZone_Domain.mRID") !== undefined) return [];
  const code = textIn(series, "MktPSRType", "psrType") ?? "";
  if (STORAGE.includes(code)) return [];
  const fuel = FUELS[code];
  if (fuel === undefined)
    throw unlike(where, `the kind of production ${JSON.stringify(code.slice(0, 10))} is not known`);
  const unit = textIn(series, "quantity_Measure_Unit.name");
  if (unit !== undefined && unit !== "MAW")
    throw unlike(where, `quantities are in ${unit.slice(0, 10)}, not MAW`);
  return childrenOf(series, "Period").flatMap((period) =>
    quantitiesOf(period, where).map((row) => ({ ...row, fuel, updatedAt })),
  );
}

/** The quantity of each step. Where a position is left out, the one before goes on (curve type A03). */
function quantitiesOf(period: Element, where: string): Omit<FuelRow, "fuel">[] {
  const stepMs = STEP_MS[textIn(period, "resolution") ?? ""];
  const [start, end] = [textIn(period, "timeInterval", "start"), textIn(period, "timeInterval", "end")];
  if (stepMs === undefined || start === undefined || end === undefined)
    throw unlike(where, "a period has no interval, or a resolution that is not known");
  const from = parseInstant(start);
  const steps = (parseInstant(end) - from) / stepMs;
  if (!(steps >= 1 && steps <= 40_000 && Number.isInteger(steps)))
    throw unlike(where, "a period has no length");
  const given = new Map(
    childrenOf(period, "Point").map((point) => [
      Number(textIn(point, "position")),
      Number(textIn(point, "quantity") ?? Number.NaN),
    ]),
  );
  const rows: Omit<FuelRow, "fuel">[] = [];
  let generated = Number.NaN;
  for (let position = 1; position <= steps; position++) {
    generated = given.get(position) ?? generated;
    if (Number.isNaN(generated)) continue;
    const start = from + (position - 1) * stepMs;
    rows.push({ from: start, to: start + stepMs, generated });
  }
  return rows;
}

function unlike(where: string, what: string): AdaCarbonError {
  return new AdaCarbonError(
    "bad-reply",
    `${where}: not an answer of ENTSO-E's Transparency Platform: ${what}`,
  );
}
