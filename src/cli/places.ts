import { InvalidArgumentError, Option } from "commander";
import type { PowerStep } from "../intensity/best-window.js";
import type { IntensitySource, MarginalSource } from "../intensity/port.js";
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
    "what the job draws in each of its hours, such as 300,80: the last goes on",
  )
    .argParser(powerCurve)
    .conflicts("kwh");
}

function powerCurve(text: string): PowerStep[] {
  const watts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const isDrawn = watts.every((each) => each >= 0 && Number.isFinite(each)) && watts.some((each) => each > 0);
  if (!isDrawn)
    throw new InvalidArgumentError("Write the watts of each hour with commas between, such as 300,80.");
  return watts.map((each, hour) => [hour, each]);
}

/** kWh as they are said in a sentence: as they were given, or to a watt-hour. */
export function kwhText(kwh: number): string {
  return String(Math.round(kwh * 1000) / 1000);
}
