export { type CatalogueModelOptions, catalogueModel } from "./catalogue-model.js";
export { formatMachines, parseMachines } from "./catalogue-text.js";
export { doubtfulMachines, nearlyKnown } from "./doubtful-machines.js";
export { machineOfAttributes } from "./machine-attributes.js";
export {
  assertMachines,
  type CurvePoint,
  type MachineCatalogue,
  type MachineWatts,
  type Watts,
} from "./machine-watts.js";
export { type PowerFactors, powerFactors } from "./power-factors.js";
export { type WorkspaceCatalogueOptions, workspaceCatalogueModel } from "./workspace-catalogue-model.js";
