export type { PlanSummary, ScopeTotal, SyncEvent, SyncReport } from "./events.js";
export type { SyncOptions } from "./options.js";
export { runSync, sync } from "./sync.js";
