export type { Bin, Tally } from "./bin.js";
export {
  BIN_SIZES,
  type BinSize,
  type BinSpan,
  type BinTable,
  binTable,
  type ZoneOptions,
} from "./bin-table.js";
export { combineBounds, type Estimate } from "./bounds.js";
export {
  type Cube,
  cellsOf,
  countColumns,
  type RollupColumnsOptions,
  rollupColumns,
  type UsageColumns,
} from "./columns.js";
export { type Graph, type Metric, toGraph } from "./graph.js";
export { type HeatmapDay, type HeatmapOptions, yearHeatmap } from "./heatmap.js";
export { type RollupOptions, rollup, SPARSE_KINDS } from "./rollup.js";
export { totalOf } from "./total.js";
