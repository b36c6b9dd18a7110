export { readDayEntry } from "./day.js";
export { type Explanation, explain, type HostContribution } from "./explain.js";
export { withIdleHours } from "./idle-hours.js";
export type { PartKind, Place } from "./place.js";
export { UnknownScopeError } from "./unknown-scope.js";
export { type OpenInterval, type ReaderOptions, type ScopeTotals, UsageReader } from "./usage-reader.js";
