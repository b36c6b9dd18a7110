import { port, type Rule } from "../usage/options.js";

// What an option must be that is a store.

export const USAGE_STORE: Rule = port("UsageStore", [
  "read",
  "replace",
  "remove",
  "scopes",
  "forgottenAmong",
]);
export const AVERAGE_STORE: Rule = port("AverageStore", ["get", "put", "list", "remove"]);
export const WORKSPACE_STORE: Rule = port("WorkspaceStore", ["active", "save", "end", "sessions", "totals"]);
