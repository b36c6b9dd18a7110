/**
 * ada-carbon: CPU counters to electricity (kWh) and carbon (gCO2eq), hour by hour, and whose they were.
 *
 * The root is light: vocabulary, power models, the sync job and its ports. Clients, codecs and stores are
 * subpaths (`ada-carbon/prometheus`, `/intensity`, `/parquet`, `/files`, `/memory`, `/testing`).
 */
export type { IntensityPeriod, IntensitySource } from "./intensity/port.js";
export * from "./power/index.js";
export type { UsageStore } from "./stores/usage-store.js";
export * from "./sync/index.js";
export * from "./usage/index.js";
