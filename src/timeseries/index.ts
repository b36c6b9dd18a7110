export * from "./documents/index.js";
export * from "./equivalencies.js";
export * from "./rollup/index.js";
