export * from "./basis.js";
export * from "./best-window.js";
export {
  type CachedIntensityOptions,
  cachedIntensity,
} from "./cache.js";
export * from "./cache-port.js";
export * from "./gb.js";
export {
  GB_BASIS,
  GB_CARBON_INTENSITY_URL,
  GB_LICENCE,
  GB_NATIONAL_START,
  GB_REGIONAL_START,
  GB_REGIONS,
} from "./gb-facts.js";
export * from "./hourly.js";
export * from "./port.js";
export * from "./settled.js";
