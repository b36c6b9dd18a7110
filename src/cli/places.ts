import { InvalidArgumentError, Option } from "commander";
import type { PowerStep } from "../intensity/best-window.js";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";
import { readInput } from "./read-input.js";
import { forecasting } from "./shared-options.js";
import type { Places } from "./wait.js";

/** The same places, if the grid of each predicts; `what` needs that. */
export function placesOf(
  grids: Readonly<Record<string, IntensitySource | MarginalSource>>,
  what: string,
): Places {
  return Object.fromEntries(Object.entries(grids).map(([place, grid]) => [place, forecasting(grid, what)]));
}

export function powerCurveOption(): Option {
  return new Option(
    "--power-curve <watts>",
    "what the job draws in each of its hours, such as 300,80: the last goes on; or file:PATH with the columns hours (since the start) and watts",
  )
    .argParser(powerCurve)
    .conflicts("kwh");
}

/** What `--power-curve` says: watts, or a file that has them. */
export type PowerCurve = readonly PowerStep[] | { readonly path: string };

function powerCurve(text: string): PowerCurve {
  const [, path] = /^file:(.+)$/s.exec(text) ?? [];
  if (path !== undefined) return { path };
  const watts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const isDrawn =
    watts.every((power) => power >= 0 && Number.isFinite(power)) && watts.some((power) => power > 0);
  if (!isDrawn)
    throw new InvalidArgumentError(
      "Write the watts of each hour with commas between, some above 0, such as 300,80.",
    );
  return watts.map((power, hour) => [hour, power]);
}

/** What a job of so many hours draws: what a curve says of later is of no run. */
export async function powerOfJob(
  curve: PowerCurve | undefined,
  hours: number,
): Promise<readonly PowerStep[] | undefined> {
  const steps = curve !== undefined && "path" in curve ? await readPowerCurve(curve.path) : curve;
  return steps?.filter(([from]) => from < hours);
}

/** Reads `hours,watts`, as CSV or JSON. Whether it is a curve is judged with the window that is looked for. */
async function readPowerCurve(path: string): Promise<PowerStep[]> {
  const { amountOf, fieldRows } = await import("../meters/fields.js");
  const content = await readInput(path, "watts of --power-curve");
  return fieldRows(content, path, "watts").map((row) => [amountOf(row, "hours"), amountOf(row, "watts")]);
}

/** kWh as they are said in a sentence: as they were given, or to a watt-hour. */
export function kwhText(kwh: number): string {
  return String(Math.round(kwh * 1000) / 1000);
}
