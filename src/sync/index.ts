export { readDayEntry } from "../reports/day.js";
export { type Explanation, explain, type HostContribution } from "../reports/explain.js";
export type { RestatedScope } from "./changes.js";
export type { PlanSummary, ScopeTotal, SyncEvent, SyncReport } from "./events.js";
export type { SyncOptions } from "./options.js";
export { KEEP_DAYS, type PruneOptions, type PruneReport, prune } from "./prune.js";
export { type RestateOptions, type RestateReport, restate } from "./restate-interval.js";
export { runSync, sync } from "./sync.js";
export type { UnknownMachines } from "./unknown-machines.js";
