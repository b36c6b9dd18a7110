import type { Interval } from "../../usage/hour.js";
import { byStart } from "../periods.js";
import type { Fuel } from "./factors.js";
import type { GenerationPeriod } from "./mix.js";

/** What one fuel generated in one interval. */
export interface FuelRow extends Interval {
  readonly fuel: Fuel;
  readonly generated: number;
  readonly updatedAt?: number | undefined;
}

/** The rows as periods, ascending. Rows of the same fuel and time add up: a service may list stations of a kind apart. */
export function periodsOfRows(rows: readonly FuelRow[]): GenerationPeriod[] {
  const periods = new Map<string, Interval & { byFuel: Map<Fuel, number>; updatedAt?: number | undefined }>();
  for (const { from, to, fuel, generated, updatedAt } of rows) {
    const key = `${from} ${to}`;
    const period = periods.get(key) ?? { from, to, byFuel: new Map<Fuel, number>() };
    periods.set(key, period);
    period.byFuel.set(fuel, (period.byFuel.get(fuel) ?? 0) + generated);
    if (updatedAt !== undefined) period.updatedAt = Math.max(period.updatedAt ?? 0, updatedAt);
  }
  return [...periods.values()].sort(byStart);
}
