export { machineHours } from "./facts.js";
export { keepPruned, rebuildAverages, repairAverages, replaceRows } from "./keep.js";
export {
  type MachineHour,
  type MachineMeans,
  machineMeans,
  mergeAverages,
  noAverages,
  nothingLearnt,
  withHour,
} from "./machine-averages.js";
export { machineAverageModel } from "./model.js";
