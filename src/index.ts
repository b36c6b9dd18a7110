/**
 * ada-carbon: CPU counters to electricity (kWh) and carbon (gCO2eq), hour by hour, and whose they were.
 *
 * The root is light: the main job, its words, power models and the ports. Clients, stores, reports and codecs have imports
 * of their own; `ada-carbon/kit` is for who writes a store, a source or a power model.
 */

// Ports: what a host application may put in the place of ours.
export type { Attribution } from "./attribution/attribution.js";
export type { Attribute } from "./attribution/given.js";
export type { GroupOf } from "./attribution/owners.js";
export type { Tenure, TenureCallOptions, TenureSource } from "./attribution/tenure.js";
export type { IntensityPeriod, IntensitySource } from "./intensity/port.js";
// Power models.
export { liveModel } from "./power/live-model.js";
export { MEASURED_BUSY_WATTS, MEASURED_IDLE_WATTS, type WattsRange } from "./power/measured.js";
export type { CpuSeconds, Energy, EnergyMeters, PowerContext, PowerModel } from "./power/model.js";
export { ADA_BUSY_WATTS, ADA_IDLE_WATTS, type PerCoreOptions, perCore } from "./power/per-core.js";
export {
  WORKSPACE_CPU_TDP_WATTS,
  WORKSPACE_OTHER_WATTS,
  WORKSPACE_RAM_WATTS,
  type WorkspaceLoad,
  type WorkspaceModel,
  type WorkspaceModelOptions,
  workspaceModel,
} from "./power/workspace-model.js";
export type { AverageStore, MachineAverages, RunningSum } from "./stores/average-store.js";
export type { CallOptions } from "./stores/call-options.js";
export type { ForgetsUsers } from "./stores/forgets-users.js";
export type { Migratable } from "./stores/migratable.js";
export type { IntensityName, StoredIntensities } from "./stores/stored-intensities.js";
export type { StoredSpan } from "./stores/stored-span.js";
export type { ReadKindOptions, UsageStore } from "./stores/usage-store.js";
export type {
  ActiveOptions,
  WorkspaceSession,
  WorkspaceStore,
  WorkspaceTotals,
} from "./stores/workspace-store.js";
// The main job, and what mends or removes what it stored.
export type { RestatedScope } from "./sync/changes.js";
export type { PlanSummary, ScopeTotal, SyncEvent, SyncReport } from "./sync/events.js";
export { type ForgetOptions, type ForgetReport, type ForgottenUsage, forget } from "./sync/forget.js";
export type { RenamedProject } from "./sync/host-names.js";
export type { SyncOptions } from "./sync/options.js";
export { KEEP_DAYS, type PruneOptions, type PruneReport, prune } from "./sync/prune.js";
export { type RestateOptions, type RestateReport, restate } from "./sync/restate-interval.js";
export type { RestatedBy } from "./sync/restated-energy.js";
export { runSync, sync } from "./sync/sync.js";
export type { UnknownMachines } from "./sync/unknown-machines.js";
export type {
  CpuCallOptions,
  CpuGap,
  CpuHours,
  CpuRequest,
  CpuSlices,
  CpuSource,
  Finding,
  Host,
  HostScrape,
  HostScrapes,
  HostScrapesRequest,
  ScrapesRequest,
  SliceRequest,
} from "./usage/cpu.js";
// Words: hours, scopes, series of hours, where their numbers come from, errors.
export { AdaCarbonError, type ErrorCode, isAdaCarbonError } from "./usage/errors.js";
export type { HostCallOptions, HostSample, HostSource, HostsSeen } from "./usage/host-source.js";
export {
  DAY_MS,
  type FinishedHour,
  finishedHour,
  finishedHours,
  formatInstant,
  formatInterval,
  type GivenInterval,
  HOUR_MS,
  type Hour,
  hourOf,
  hoursIn,
  type Interval,
  parseHour,
  parseInstant,
} from "./usage/hour.js";
export type { EpochTime, Instant } from "./usage/instant.js";
export type { LogFields, Logger } from "./usage/logger.js";
export { marketBased } from "./usage/market.js";
export { ADA_MODES, type ModePolicy, type ModeUse, WAITING_IS_IDLE } from "./usage/modes.js";
export {
  type ColumnShares,
  type HostProvenance,
  INTENSITY_KINDS,
  type IntensityKind,
  type IntensityProvenance,
  isMetered,
  isTracked,
  type MarketIntensity,
  type OwnerShare,
  type Provenance,
} from "./usage/provenance.js";
export { fromRecords, toRecords } from "./usage/records.js";
export {
  ADA,
  formatScope,
  parseScope,
  SCOPE_KINDS,
  type Scope,
  type ScopeKind,
  UNATTRIBUTED,
} from "./usage/scope.js";
export {
  COLUMNS,
  type Column,
  emptySeries,
  mergeSeries,
  QUANTITIES,
  type Quantity,
  sliceSeries,
  type UsageRecord,
  type UsageSeries,
} from "./usage/series.js";
export { STATUSES, type Status } from "./usage/status.js";
export type { Span, SpanAttributes, Tracer } from "./usage/tracer.js";
export { VERSION } from "./usage/version.js";
