export type { SqliteAverageStore } from "./averages.js";
export type { SqliteOptions } from "./options.js";
export type { SqliteStores } from "./stores.js";
export { sqliteStores } from "./stores.js";
export type { SqliteUsageStore } from "./usage.js";
export type { SqliteWorkspaceStore } from "./workspaces.js";
