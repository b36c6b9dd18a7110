export type { RestatedScope } from "./changes.js";
export { readDayEntry } from "./day.js";
export type { PlanSummary, ScopeTotal, SyncEvent, SyncReport } from "./events.js";
export { type Explanation, explain, type HostContribution } from "./explain.js";
export type { SyncOptions } from "./options.js";
export { KEEP_DAYS, type PruneOptions, type PruneReport, prune } from "./prune.js";
export { type RestateOptions, type RestateReport, restate } from "./restate-interval.js";
export { runSync, sync } from "./sync.js";
export type { UnknownMachines } from "./unknown-machines.js";
