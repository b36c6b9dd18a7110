import type { Quantity } from "../../usage/series.js";

/** What stands in the place of a number that could not be downloaded. */
export const FAILED = "failed";

/** The scope of the whole project in a day entry, beside its machines. */
export const ALL = "all";

/** The member of each quantity; the source document's spelling. */
export const DAY_NAMES: { readonly [name in Quantity]: keyof DayUsage } = {
  busyCpuSeconds: "busy_cpu_seconds_total",
  idleCpuSeconds: "idle_cpu_seconds_total",
  busyKwh: "busy_kwh",
  idleKwh: "idle_kwh",
  busyGco2eq: "busy_gCo2eq",
  idleGco2eq: "idle_gCo2eq",
};

const COUNT_NAMES = {
  hours: "hours",
  hoursWithCarbon: "hours_with_carbon",
  weight: "weight",
  weightWithCarbon: "weight_with_carbon",
} as const;

/** The members in which documents of running averages have the exact counts and sums. */
export const SUM_NAMES: typeof DAY_NAMES & typeof COUNT_NAMES = { ...DAY_NAMES, ...COUNT_NAMES };

/** The six quantities of one machine, or of `all`, in one hour or in total; `"failed"` where the download did. */
export interface DayUsage {
  busy_cpu_seconds_total: number | "failed";
  idle_cpu_seconds_total: number | "failed";
  busy_kwh: number | "failed";
  idle_kwh: number | "failed";
  busy_gCo2eq: number | "failed";
  idle_gCo2eq: number | "failed";
}

/** A UTC day of one project; below `timeseries` the `totals` and the hours `HH:00`. */
export interface EstimatedUsageDayEntry {
  cloud_project_name: string;
  date: string;
  timeseries: Record<string, Record<string, DayUsage>>;
}
