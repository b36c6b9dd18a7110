export { machineHours, rebuildAverages, repairAverages, replaceInAverages } from "./facts.js";
export {
  type MachineHour,
  type MachineMeans,
  machineMeans,
  mergeAverages,
  noAverages,
  withHour,
} from "./machine-averages.js";
export { machineAverageModel } from "./model.js";
