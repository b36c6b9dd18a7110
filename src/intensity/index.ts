export * from "./back-test.js";
export * from "./basis.js";
export * from "./best-place.js";
export { type BestWindow, type BestWindowOptions, bestWindow, type PowerStep } from "./best-window.js";
export {
  type CachedIntensityOptions,
  cachedIntensity,
} from "./cache.js";
export { type IntensityCache, memoryIntensityCache } from "./cache-port.js";
export { constantIntensity } from "./constant.js";
export * from "./electricity-maps/electricity-maps.js";
export * from "./file/file-intensity.js";
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
export * from "./licences.js";
export * from "./mix/eco2mix.js";
export * from "./mix/elexon.js";
export * from "./mix/entsoe.js";
export * from "./mix/factors.js";
export * from "./mix/generation.js";
export * from "./mix/mix.js";
export * from "./parse-basis.js";
export type {
  ForecastSource,
  GridPeriod,
  IntensityCallOptions,
  MarginalPeriod,
  MarginalSource,
} from "./port.js";
export type { ProjectGrids } from "./project-grids.js";
export * from "./settled.js";
export * from "./watttime/watttime.js";
