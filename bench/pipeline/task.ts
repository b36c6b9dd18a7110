import { finishedHours } from "ada-carbon";
import type { FinishedHour } from "../../src/usage/hour.js";
import { type BodyShape, bodyOf, gridOf, LONG, WIDE } from "../decode-bodies.js";

/** What every contestant is given: the reply, and what else is known. */
export interface Task {
  readonly name: string;
  readonly shape: BodyShape;
  readonly body: Uint8Array;
  readonly hours: readonly FinishedHour[];
  readonly gco2eqPerKwh: Float64Array;
}

export const BUSY_WATTS = 12;
export const IDLE_WATTS = 1;
export const JOULES_PER_KWH = 3.6e6;

export const SHAPES: Readonly<Record<string, BodyShape>> = { long: LONG, wide: WIDE };

export function taskNamed(name: string): Task {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`there is no body called ${name}`);
  const { from, stepMs, count } = gridOf(shape);
  // The increase of an hour is evaluated at its end.
  const interval = { from: from - stepMs, to: from + (count - 1) * stepMs };
  const hours = finishedHours(interval, Number.MAX_SAFE_INTEGER);
  const gco2eqPerKwh = Float64Array.from(hours, (_, t) => 100 + (t % 48));
  return { name, shape, body: bodyOf(shape), hours, gco2eqPerKwh };
}
