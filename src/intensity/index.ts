export * from "./best-window.js";
export {
  type CachedIntensityOptions,
  cachedIntensity,
} from "./cache.js";
export * from "./cache-port.js";
export { constantIntensity } from "./constant.js";
export * from "./gb.js";
export {
  GB_CARBON_INTENSITY_URL,
  GB_LICENCE,
  GB_NATIONAL_START,
  GB_REGIONAL_START,
  GB_REGIONS,
} from "./gb-facts.js";
export * from "./hourly.js";
export type { ForecastSource, IntensityCallOptions, IntensityPeriod, IntensitySource } from "./port.js";
export * from "./settled.js";
