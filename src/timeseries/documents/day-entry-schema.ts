import * as z from "zod";
import { type DayUsage, type EstimatedUsageDayEntry, FAILED } from "./day-entry-shape.js";

const numberOrFailed = z
  .number({ error: 'it must be a number, or "failed" where the download failed' })
  .nonnegative({ error: "it must not be negative" })
  .or(z.literal(FAILED));

// A union of errors says nothing: this one says what is wanted.
const quantity: z.ZodType<number | typeof FAILED> = z.custom<number | typeof FAILED>(
  (value) => numberOrFailed.safeParse(value).success,
  { error: 'it must be a number of at least 0, or "failed" where the download failed' },
);

const usage: z.ZodType<DayUsage> = z.strictObject({
  busy_cpu_seconds_total: quantity,
  idle_cpu_seconds_total: quantity,
  busy_kwh: quantity,
  idle_kwh: quantity,
  busy_gCo2eq: quantity,
  idle_gCo2eq: quantity,
});

const HOUR_OR_TOTALS = /^(totals|([01]\d|2[0-3]):00)$/;

/**
 * `EstimatedUsageDayEntry`, exactly as the source documents have it: a UTC day of one project, `DD_MM_YYYY`;
 * below `timeseries` the `totals` and the hours `HH:00`, below each `all` and the machines by name.
 */
export const dayEntrySchema: z.ZodType<EstimatedUsageDayEntry> = z.strictObject({
  cloud_project_name: z.string().min(1),
  date: z.string().regex(/^\d{2}_\d{2}_\d{4}$/, { error: "it must be a date DD_MM_YYYY" }),
  timeseries: z
    .record(
      z.string().regex(HOUR_OR_TOTALS, { error: "it must be totals, or an hour HH:00" }),
      z.record(z.string(), usage),
    )
    .refine((hours) => hours.totals !== undefined, { error: "totals is missing" }),
});
