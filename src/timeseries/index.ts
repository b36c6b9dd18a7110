export { BIN_SIZES, type Bin, type BinSize, rollup } from "./rollup.js";
