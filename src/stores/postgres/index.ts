export type { PostgresAverageStore } from "./averages.js";
export type { PgClient, PgPool, PgQuery, PgResult, PostgresOptions, PostgresPlace } from "./options.js";
export {
  type PostgresStores,
  postgresAverageStore,
  postgresStores,
  postgresUsageStore,
  postgresWorkspaceStore,
} from "./stores.js";
export type { MigrateOptions, PostgresUsageStore } from "./usage.js";
export type { PostgresWorkspaceStore } from "./workspaces.js";
