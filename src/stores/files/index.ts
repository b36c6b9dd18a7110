export { fileIntensityCache } from "./intensity-cache.js";
export type { FileUsageStore, FileUsageStoreOptions } from "./usage.js";
export { fileUsageStore } from "./usage.js";
