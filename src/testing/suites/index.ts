export { markedAverages, sampleAverages } from "./average-samples.js";
export { averageStoreSuite } from "./averages.js";
export { hourAt, marked, SAMPLE_START, sampleHours, sampleSeries } from "./samples.js";
export { markedSession, sampleSession } from "./session-samples.js";
export type {
  AverageSuiteOptions,
  RegisterTest,
  StoreFactory,
  StoreUnderTest,
  SuiteOptions,
  WorkspaceSuiteOptions,
} from "./suite.js";
export { usageStoreSuite } from "./usage.js";
export type { UsageSuiteOptions } from "./usage-tools.js";
export { workspaceStoreSuite } from "./workspaces.js";
