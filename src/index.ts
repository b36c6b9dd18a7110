/**
 * ada-carbon: CPU counters to electricity (kWh) and carbon (gCO2eq), hour by hour, and whose they were.
 *
 * The root is light: vocabulary, power models, the sync job and its ports. Clients, codecs and stores are
 * subpaths (`ada-carbon/prometheus`, `/intensity`, `/parquet`, `/files`, `/memory`, `/testing`).
 */
export type { IntensityPeriod, IntensitySource } from "./intensity/port.js";
export * from "./power/index.js";
export { assertAverages } from "./stores/assert-averages.js";
export { assertSession } from "./stores/assert-session.js";
export type { AverageStore, MachineAverages, RunningSum } from "./stores/average-store.js";
export type { CallOptions } from "./stores/call-options.js";
export type { ForgetsUsers } from "./stores/forgets-users.js";
export {
  type ForgettingStorage,
  type ForgottenUser,
  forgettingCalls,
  withForgotten,
} from "./stores/kit/forgotten.js";
export type { Migratable } from "./stores/migratable.js";
export { assertName, assertScope } from "./stores/names.js";
export { overlaps, sumSessions } from "./stores/session-sums.js";
export type { UsageStore } from "./stores/usage-store.js";
export type { WorkspaceSession, WorkspaceStore, WorkspaceTotals } from "./stores/workspace-store.js";
export * from "./sync/index.js";
export * from "./usage/index.js";
