import { COLUMNS, type Column } from "../../usage/series.js";

/** What the source documents call the numbers of an hour. SQL stores name their columns so. */
export const QUANTITY_COLUMNS: Readonly<Record<Column, string>> = {
  busyCpuSeconds: "busy_cpu_seconds_total",
  idleCpuSeconds: "idle_cpu_seconds_total",
  busyKwh: "busy_kwh",
  idleKwh: "idle_kwh",
  busyGco2eq: "busy_gco2eq",
  idleGco2eq: "idle_gco2eq",
  gco2eqPerKwh: "intensity_gco2eq_per_kwh",
  coverage: "coverage",
};

/** The names of {@link QUANTITY_COLUMNS} in the order of `COLUMNS`. */
export const QUANTITY_COLUMN_NAMES: readonly string[] = COLUMNS.map((column) => QUANTITY_COLUMNS[column]);
