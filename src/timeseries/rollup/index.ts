export type { GramBases } from "../../intensity/gram-bases.js";
export {
  type Bin,
  type BusyAndIdle,
  busyAndIdle,
  type Metric,
  type Quantities,
  type Sums,
  type Tally,
} from "./bin.js";
export {
  BIN_SIZES,
  type BinSize,
  type BinSpan,
  type BinTable,
  binTable,
  type ZoneOptions,
} from "./bin-table.js";
export { combineBounds, type Estimate } from "./bounds.js";
export type { CalendarDate, GivenPeriod, Moment } from "./given-period.js";
export { type Graph, toGraph } from "./graph.js";
export { type HeatmapDay, type HeatmapOptions, yearHeatmap } from "./heatmap.js";
export { rollup } from "./rollup.js";
export { tallyOf } from "./tally.js";
