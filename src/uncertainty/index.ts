export {
  type Bounds,
  boundsOf,
  type Factors,
  INTENSITY,
  type UncertaintyOptions,
} from "./bounds.js";
