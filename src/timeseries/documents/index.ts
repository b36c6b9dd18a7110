export {
  formatMachineMetrics,
  formatRunningAverages,
  type MachineMetrics,
  type MachineMetricsDocument,
  parseMachineMetrics,
  parseRunningAverages,
  type RunningAverage,
  type RunningAverageDocument,
  type RunningAverages,
} from "./averages.js";
export { type DayEntryInput, dayEntry } from "./day-entry.js";
export { dayEntrySchema } from "./day-entry-schema.js";
export type { DayUsage, EstimatedUsageDayEntry } from "./day-entry-shape.js";
export { type DaySeriesOptions, dayEntryToSeries } from "./day-series.js";
export { parseGivenAverages } from "./given-averages.js";
export { parseLenientJson } from "./lenient-json.js";
export { type ParseDayEntryOptions, parseDayEntry } from "./parse-day-entry.js";
