export {
  type Bounds,
  boundsOf,
  type Factors,
  INTENSITY_FACTORS,
  type UncertaintyOptions,
} from "../uncertainty/bounds.js";
export { type Amount, CAUSES, type Cause } from "./change.js";
export { readDayEntry } from "./day.js";
export {
  type CauseAmount,
  type CauseOfChange,
  type ChangedHour,
  type Difference,
  differenceOf,
  type StatedTotal,
} from "./difference.js";
export { type Explanation, explain, type HostContribution } from "./explain.js";
export { type UsageTableOptions, usageTable } from "./make-usage-table.js";
export { marketStatement } from "./market-statement.js";
export type { PartKind, Place } from "./place.js";
export type { MeasuredHost, StatedHost } from "./stated-hosts.js";
export {
  readStatement,
  type StatedHour,
  type StatedIntensity,
  type Statement,
  type StatementOptions,
} from "./statement.js";
export { formatStatement, parseStatement } from "./statement-text.js";
export { UnknownScopeError } from "./unknown-scope.js";
export { type OpenInterval, type ReaderOptions, type ScopeTotals, UsageReader } from "./usage-reader.js";
export type { UsageRow, UseRow } from "./usage-rows.js";
export { UsageTable } from "./usage-table.js";
