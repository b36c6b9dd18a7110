export {
  type Bounds,
  BUSY_POWER,
  boundsOf,
  type Factors,
  IDLE_POWER,
  INTENSITY,
  type UncertaintyOptions,
} from "./bounds.js";
