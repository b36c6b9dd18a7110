import { assertArgument, LIST } from "../../usage/options.js";
import { type Bin, busyAndIdle, type Metric } from "./bin.js";

/** Columns as chart libraries take them. `null` is a bin of which nothing is known: a gap, not a zero. */
export interface Graph {
  /** Unique within the graph. Hours of one day are `13:00`; of several, `2025-09-10 13:00`. */
  readonly labels: string[];
  readonly busy: (number | null)[];
  readonly idle: (number | null)[];
}

/**
 * Bins of {@link rollup} as the columns of a graph, in kWh or grams.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { ADA, emptySeries, finishedHours } from "ada-carbon";
 * import { rollup, toGraph } from "ada-carbon/timeseries";
 *
 * const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 2) };
 * const series = emptySeries(ADA, finishedHours(interval, Date.now()), { library: "0.1.0", model: null, intensity: null });
 * for (const column of ["busyCpuSeconds", "idleCpuSeconds", "busyKwh", "idleKwh"] as const) series[column][0] = 1;
 * assert.deepEqual(toGraph(rollup(series, interval, "hour"), "energy"), {
 *   labels: ["00:00", "01:00"], busy: [1, null], idle: [1, null],
 * });
 */
export function toGraph(bins: readonly Bin[], metric: Metric): Graph {
  assertArgument("toGraph", "bins", bins, LIST);
  const days = new Set(bins.map((bin) => bin.label.slice(0, DATE_LENGTH)));
  const isTime = (label: string): boolean => label.length > DATE_LENGTH;
  const shorten = days.size === 1 && bins.every((bin) => isTime(bin.label));
  const used = bins.map((bin) => busyAndIdle(bin, metric));
  return {
    labels: bins.map(({ label }) => (shorten ? label.slice(DATE_LENGTH + 1) : label)),
    busy: used.map(({ busy }) => busy),
    idle: used.map(({ idle }) => idle),
  };
}

const DATE_LENGTH = "2025-09-10".length;
