export type { MongodbAverageStore } from "./averages.js";
export type {
  MongoCollection,
  MongoCollectionOptions,
  MongoCursor,
  MongoDb,
  MongoDocument,
  MongoFilter,
  MongoFindOptions,
  MongoIndex,
  MongoWrite,
} from "./driver.js";
export type { MongodbOptions, MongodbPlace } from "./options.js";
export {
  type MongodbStores,
  mongodbAverageStore,
  mongodbStores,
  mongodbUsageStore,
  mongodbWorkspaceStore,
} from "./stores.js";
export type { MongodbUsageStore } from "./usage.js";
export type { MongodbWorkspaceStore } from "./workspaces.js";
