export { memoryAverageStore } from "./averages.js";
export { memoryUsageStore } from "./usage.js";
export { memoryWorkspaceStore } from "./workspaces.js";
