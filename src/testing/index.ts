export {
  type BootTimeReading,
  bootTimeAlways,
  bootTimeJitter,
  bootTimeSteps,
} from "./boot-times.js";
export {
  type ClusterOptions,
  type Outage,
  type ReplicaDescription,
  type SimulatedCluster,
  simulateCluster,
} from "./cluster.js";
export type { CounterFault } from "./counter-faults.js";
export {
  type GridOptions,
  type GridPeriod,
  type SimulatedGrid,
  simulateGrid,
} from "./grid.js";
export type { SimulatedHost, SimulatedTarget } from "./host.js";
export type {
  HostDescription,
  Incarnation,
  LabelChange,
  LateArrival,
  OfflineCpus,
  ScrapeChange,
  TargetDescription,
} from "./host-description.js";
export type { LabelSpan } from "./label-spans.js";
export { BLOCK_MS, CPU_MODES, type CpuMode, type Load, type ModeShares } from "./load.js";
export { hourlyBurst, loadsInTurn, MINUTE_BLOCK_MS, sharesOf, steadyLoad, steadyModes } from "./loads.js";
export { type ExpositionOptions, openMetrics, prometheusText } from "./openmetrics.js";
export type { SimulatedRequest } from "./reply.js";
export {
  type Fault,
  type SimulationServer,
  type SimulationServerOptions,
  serveSimulation,
} from "./server.js";
export { type SimulatedMeterOptions, simulateMeters } from "./simulated-meters.js";
export * from "./suites/index.js";
export { type ClusterTruth, type CpuTruth, clusterTruth, type HostTruth } from "./truth.js";
