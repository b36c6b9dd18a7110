import { monthOf } from "../usage/month.js";
import { assertArgument, OBJECT } from "../usage/options.js";
import { numberAt } from "../usage/series.js";
import type { MeteredLoad } from "./loads.js";

/**
 * A bill spread over the hours of its months by the core-hours of each, busy or not, instead of evenly. Each month keeps
 * its total; one without any core-hours stays as it is. Meters by the hour are left alone.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { spreadByCoreHours } from "ada-carbon/calibration";
 * import { hoursIn } from "ada-carbon";
 *
 * const bill = {
 *   meter: "site", kind: "site", spread: "evenly", hours: hoursIn({ from: 0, to: 7_200_000 }), kwh: Float64Array.of(5, 5),
 *   machines: [{ machine: "Muon", busyCoreHours: Float64Array.of(1, 0), idleCoreHours: Float64Array.of(0, 3) }],
 * } as const;
 * assert.deepEqual([...spreadByCoreHours(bill).kwh], [2.5, 7.5]);
 */
export function spreadByCoreHours(load: MeteredLoad): MeteredLoad {
  assertArgument("spreadByCoreHours", "load", load, OBJECT);
  if (load.spread === null) return load;
  const coreHours = load.hours.map((_, i) =>
    load.machines.reduce(
      (sum, machine) => sum + numberAt(machine.busyCoreHours, i) + numberAt(machine.idleCoreHours, i),
      0,
    ),
  );
  const kwh = Float64Array.from(load.kwh);
  for (const month of monthsOf(load)) {
    const billed = month.reduce((sum, i) => sum + numberAt(load.kwh, i), 0);
    const all = month.reduce((sum, i) => sum + (coreHours[i] ?? 0), 0);
    if (all === 0) continue;
    for (const i of month) kwh[i] = (billed * (coreHours[i] ?? 0)) / all;
  }
  return { ...load, kwh, spread: "core-hours" };
}

/** Row numbers of each UTC month. */
export function monthsOf({ hours }: Pick<MeteredLoad, "hours">): (readonly number[])[] {
  return [...Map.groupBy(hours.keys(), (i) => monthOf(hours[i] ?? 0)).values()];
}
