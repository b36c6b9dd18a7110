export {
  METER_KINDS,
  type MeterCallOptions,
  type MeterHours,
  type MeterKind,
  type MeterReadings,
  type MeterSource,
  type SpreadRule,
} from "./meter.js";
export { type MeterTextOptions, meterText } from "./meter-text.js";
export { hostMeters, type MeteredModelOptions, meteredModel } from "./metered-model.js";
export { type Placement, parsePlacements, withPlacements } from "./placements.js";
export { METER_PRESETS, type MeterMetric, metricByName } from "./presets.js";
export { type PrometheusMeterOptions, prometheusMeterSource } from "./prometheus-meters.js";
export { type ReadingRules, SensorHours } from "./sensor.js";
