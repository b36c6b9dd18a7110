export { type Calibration, type CalibrationOptions, calibrate, type Floor } from "./calibrate.js";
export {
  type Closure,
  closeMeter,
  type FloorShare,
  type OwnerCoreHours,
  partOfFloor,
  type SharedFloor,
  type SiteHours,
  shareFloor,
} from "./closure.js";
export type { HeldOutError } from "./held-out.js";
export { loadsBehind, type MachineLoad, type MeteredLoad, type StoredUsage } from "./loads.js";
export type { FloorRule } from "./observations.js";
export type { GivenWatts } from "./scaled.js";
export { storedUsage } from "./stored-usage.js";
export { type UnitDoubt, unitDoubts } from "./unit-doubts.js";
