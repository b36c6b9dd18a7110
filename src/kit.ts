/**
 * `ada-carbon/kit`: for who writes a store, a source of CPU-seconds or a power model of their own. Checks of what a port is
 * given, work on the columns of a series, and the calls by which people are forgotten.
 */
export { assertAverages } from "./stores/assert-averages.js";
export { assertEnd, assertSession } from "./stores/assert-session.js";
export {
  type ForgettingStorage,
  type ForgottenUser,
  forgettingCalls,
  withForgotten,
} from "./stores/kit/forgotten.js";
export { assertName, assertScope } from "./stores/names.js";
export { overlaps, sumSessions } from "./stores/session-sums.js";
export { assertSeries } from "./usage/assert-series.js";
export { isGap } from "./usage/cpu.js";
export { isHour, spanOf } from "./usage/hour.js";
export { formatModes } from "./usage/modes.js";
export { NO_PROVENANCE } from "./usage/provenance.js";
export {
  type Columns,
  columnsOf,
  concatColumns,
  concatNumbers,
  eachQuantity,
  type MutableSeries,
  mergeAll,
  numberAt,
  outsideOf,
  pickRows,
} from "./usage/series.js";
export { isStatus } from "./usage/status.js";
export { Sum } from "./usage/sum.js";
