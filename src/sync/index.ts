export type { RestatedScope } from "./changes.js";
export type { PlanSummary, ScopeTotal, SyncEvent, SyncReport } from "./events.js";
export { type Explanation, explain, type HostContribution } from "./explain.js";
export type { SyncOptions } from "./options.js";
export { type RestateOptions, type RestateReport, restate } from "./restate-interval.js";
export { runSync, sync } from "./sync.js";
