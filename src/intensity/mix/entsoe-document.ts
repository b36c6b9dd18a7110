import { tooLarge } from "../../transport/body.js";
import { isAdaCarbonError } from "../../usage/errors.js";
import { HOUR_MS, type Interval, parseInstant } from "../../usage/hour.js";
import { cutInto } from "../../usage/pieces.js";
import { notAnAnswerOf } from "../requests.js";
import { childrenOf, type Element, parseXml, textIn } from "./entsoe-xml.js";
import type { Fuel } from "./factors.js";
import { type FuelRow, fuelOf } from "./generation-rows.js";

const unlike = notAnAnswerOf("ENTSO-E's Transparency Platform");

/** Kinds of production by code. Storage generates nothing of its own. */
const FUELS: ReadonlyMap<string, Fuel> = new Map([
  ["B01", "biomass"],
  ["B02", "lignite"],
  ["B03", "gas"],
  ["B04", "gas"],
  ["B05", "coal"],
  ["B06", "oil"],
  ["B07", "oil"],
  ["B08", "lignite"],
  ["B09", "geothermal"],
  ["B11", "hydro"],
  ["B12", "hydro"],
  ["B13", "other"],
  ["B14", "nuclear"],
  ["B15", "other"],
  ["B16", "solar"],
  ["B17", "waste"],
  ["B18", "wind-offshore"],
  ["B19", "wind"],
  ["B20", "other"],
]);
/** Pumped storage and batteries give back what they took. */
const STORAGE = ["B10", "B25"];
const STEP_MS: ReadonlyMap<string, number> = new Map([
  ["PT15M", HOUR_MS / 4],
  ["PT30M", HOUR_MS / 2],
  ["PT60M", HOUR_MS],
  ["PT1H", HOUR_MS],
]);
/** Seven times what 28 days of quarters of all kinds are. A few words of XML may stand for years of values. */
const MOST_ROWS = 500_000;
/** What is left out goes on as before in this type of curve; in every other it is not known. */
const CARRIED_ON = "A03";

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
  const updatedAt = createdAt === undefined ? undefined : timeOf(createdAt, where);
  const rows: FuelRow[] = [];
  for (const series of childrenOf(document, "TimeSeries"))
    for (const row of rowsOfSeries(series, updatedAt, where))
      if (rows.push(row) > MOST_ROWS) throw tooLarge(where, `of more than ${MOST_ROWS} values`);
  return inStepsOfOneLength(rows);
}

/** Kinds may be told in steps of different lengths. As a mix they need the shortest: power is the same in each part. */
function inStepsOfOneLength(rows: readonly FuelRow[]): FuelRow[] {
  const stepMs = rows.reduce((least, { from, to }) => Math.min(least, to - from), HOUR_MS);
  return rows.flatMap((row) => cutInto(row, stepMs).map(({ from, to }) => ({ ...row, from, to })));
}

function* rowsOfSeries(
  series: Element,
  updatedAt: number | undefined,
  where: string,
): Generator<FuelRow, void, undefined> {
  // Series of what stations consume name the zone that the electricity leaves.
  if (textIn(series, "outBiddingZone_Domain.mRID") !== undefined) return;
  const code = textIn(series, "MktPSRType", "psrType") ?? "";
  if (STORAGE.includes(code)) return;
  if (code === "") throw unlike(where, "a series has no kind of production");
  const fuel = fuelOf(FUELS, code);
  const unit = textIn(series, "quantity_Measure_Unit.name");
  if (unit !== undefined && unit !== "MAW")
    throw unlike(where, `quantities are in ${unit.slice(0, 10)}, not MAW`);
  const isCarriedOn = textIn(series, "curveType") === CARRIED_ON;
  for (const period of childrenOf(series, "Period"))
    for (const row of quantitiesOf(period, isCarriedOn, where))
      yield { ...row, station: code, fuel, updatedAt };
}

/** The quantity of each step for which there is one. */
function quantitiesOf(
  period: Element,
  isCarriedOn: boolean,
  where: string,
): (Interval & { generated: number })[] {
  const stepMs = STEP_MS.get(textIn(period, "resolution") ?? "");
  const [start, end] = [textIn(period, "timeInterval", "start"), textIn(period, "timeInterval", "end")];
  if (stepMs === undefined || start === undefined || end === undefined)
    throw unlike(where, "a period has no interval, or a resolution that is not known");
  const from = timeOf(start, where);
  const steps = (timeOf(end, where) - from) / stepMs;
  if (!(steps >= 1 && steps <= 40_000 && Number.isInteger(steps)))
    throw unlike(where, "a period has no length");
  const given = new Map(childrenOf(period, "Point").map((point) => pointOf(point, steps, where)));
  let generated = Number.NaN;
  return Array.from({ length: steps }, (_, i) => {
    generated = given.get(i + 1) ?? (isCarriedOn ? generated : Number.NaN);
    return { from: from + i * stepMs, to: from + (i + 1) * stepMs, generated };
  }).filter((row) => !Number.isNaN(row.generated));
}

/** Its position, from 1 to `steps`, and its quantity, `NaN` where there is none. */
function pointOf(point: Element, steps: number, where: string): [number, number] {
  const [place, quantity = ""] = [textIn(point, "position") ?? "", textIn(point, "quantity")];
  const position = Number(place);
  if (!(Number.isInteger(position) && position >= 1 && position <= steps))
    throw unlike(
      where,
      `a point has the position ${JSON.stringify(place.slice(0, 10))}, of ${steps} there are`,
    );
  const generated = quantity === "" ? Number.NaN : Number(quantity);
  if (Number.isFinite(generated) || quantity === "") return [position, generated];
  throw unlike(where, `the quantity ${JSON.stringify(quantity.slice(0, 20))} is no number`);
}

function timeOf(text: string, where: string): number {
  try {
    return parseInstant(text);
  } catch (cause) {
    if (!isAdaCarbonError(cause)) throw cause;
    throw unlike(where, cause.message, cause);
  }
}
