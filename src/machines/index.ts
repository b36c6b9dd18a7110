export { type CatalogueModelOptions, catalogueModel } from "./catalogue-model.js";
export { formatMachines, parseMachines } from "./catalogue-text.js";
export {
  doubtfulMachines,
  MEASURED_BUSY_WATTS,
  MEASURED_IDLE_WATTS,
  nearlyKnown,
} from "./doubtful-machines.js";
export {
  assertMachines,
  type CurvePoint,
  type MachineCatalogue,
  type MachineWatts,
  type Watts,
} from "./machine-watts.js";
