export type { DecodeOptions } from "./decode.js";
export { decodeUsage } from "./decode.js";
export { encodeUsage } from "./encode.js";
export type { FaultyRow, ImportedUsage, ImportOptions } from "./import.js";
export { importUsage } from "./import.js";
