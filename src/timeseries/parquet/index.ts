export type { DecodeOptions } from "./decode.js";
export { decodeUsage } from "./decode.js";
export { encodeUsage } from "./encode.js";
