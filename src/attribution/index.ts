export type {
  Attribution,
  TenureOptions,
} from "./attribution.js";
export { groupByProject, groupByProjectAndMachine } from "./owners.js";
export type { OverlapPolicy } from "./shares.js";
export {
  tenureList,
  type WorkspaceCollection,
  type WorkspaceTenureOptions,
  workspaceTenures,
} from "./sources.js";
export { parseTenures } from "./tenure-text.js";
