export { assertSeries } from "./assert-series.js";
export * from "./cpu.js";
export * from "./errors.js";
export {
  DAY_MS,
  type FinishedHour,
  finishedHour,
  finishedHours,
  formatInstant,
  formatInterval,
  type GivenInterval,
  HOUR_MS,
  type Hour,
  hourOf,
  hoursIn,
  type Interval,
  isHour,
  MOST_HOURS,
  parseHour,
  parseInstant,
  spanOf,
} from "./hour.js";
export type { EpochTime, Instant } from "./instant.js";
export type { LogFields, Logger } from "./logger.js";
export { hasMarket, marketBased } from "./market.js";
export * from "./modes.js";
export * from "./provenance.js";
export * from "./records.js";
export * from "./scope.js";
export * from "./series.js";
export * from "./status.js";
export * from "./sum.js";
export type { Span, SpanAttributes, Tracer } from "./tracer.js";
export * from "./version.js";
