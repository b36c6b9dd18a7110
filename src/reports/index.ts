export {
  type Bounds,
  boundsOf,
  type Factors,
  INTENSITY_FACTORS,
  type UncertaintyOptions,
} from "../uncertainty/bounds.js";
export { readDayEntry } from "./day.js";
export { type Explanation, explain, type HostContribution } from "./explain.js";
export { type UsageTableOptions, usageTable } from "./make-usage-table.js";
export type { PartKind, Place } from "./place.js";
export { UnknownScopeError } from "./unknown-scope.js";
export { type OpenInterval, type ReaderOptions, type ScopeTotals, UsageReader } from "./usage-reader.js";
export type { UsageRow, UseRow } from "./usage-rows.js";
export { UsageTable } from "./usage-table.js";
