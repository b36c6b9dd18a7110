export {
  type Attribution,
  byLabels,
  byTenures,
  type FetchSlices,
  type TenureOptions,
} from "./attribution.js";
export { type GroupOf, groupByProject, groupByProjectAndMachine } from "./owners.js";
export { type HolderShare, type OverlapPolicy, sharesOf } from "./shares.js";
export {
  tenureList,
  type WorkspaceCollection,
  type WorkspaceTenureOptions,
  workspaceTenures,
} from "./sources.js";
export {
  assertTenure,
  type Tenure,
  type TenureCallOptions,
  TenureIndex,
  type TenureSource,
} from "./tenure.js";
export { parseTenures } from "./tenure-text.js";
