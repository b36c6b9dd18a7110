export {
  type ClusterOptions,
  type HostDescription,
  type Incarnation,
  type Outage,
  type SimulatedCluster,
  type SimulatedHost,
  simulateCluster,
} from "./cluster.js";
export {
  type GridOptions,
  type GridPeriod,
  HALF_HOUR_MS,
  type SimulatedGrid,
  simulateGrid,
} from "./grid.js";
export { BLOCK_MS, CPU_MODES, type CpuMode, type Load, type ModeShares } from "./load.js";
export { openMetrics } from "./openmetrics.js";
export { instantQuery, PromqlError, type QueryData, rangeQuery } from "./promql/index.js";
export type { SimulatedRequest } from "./reply.js";
export { HostSamples, type MetricName, type SampledSeries } from "./samples.js";
export {
  type Fault,
  type SimulationServer,
  type SimulationServerOptions,
  serveSimulation,
} from "./server.js";
export { SimulatedStorage } from "./simulated-storage.js";
export * from "./suites/index.js";
export { ScrapeTimeline } from "./timeline.js";
export { type ClusterTruth, type CpuTruth, clusterTruth, cpuMicrosIn, type HostTruth } from "./truth.js";
