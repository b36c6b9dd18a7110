export { type FileAverageStore, fileAverageStore } from "./averages.js";
export type { FolderWriterOptions } from "./folder-writer.js";
export { fileIntensityCache } from "./intensity-cache.js";
export type { FileUsageStore, FileUsageStoreOptions } from "./usage.js";
export { fileUsageStore } from "./usage.js";
export { type FileWorkspaceStore, fileWorkspaceStore } from "./workspaces.js";
