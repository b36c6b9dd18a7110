export { rebuildAverages, repairAverages } from "./keep.js";
export {
  type MachineHour,
  type MachineMeans,
  machineMeans,
  noAverages,
  withHour,
} from "./machine-averages.js";
export { machineAverageModel } from "./model.js";
