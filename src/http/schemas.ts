import * as z from "zod";

// What most replies are made of.

/** kWh, grams, watts or CPU-seconds. */
export const amount: z.ZodNumber = z.number().min(0);
/** Of the whole, 0 to 1. */
export const share: z.ZodNumber = z.number().min(0).max(1);
export const count: z.ZodInt = z.int().min(0);
export const time: z.ZodISODateTime = z.iso.datetime();
export const texts: z.ZodType<readonly string[]> = z.array(z.string());
/** The members of a half-open interval. */
export const fromTo: { readonly from: z.ZodISODateTime; readonly to: z.ZodISODateTime } = {
  from: time,
  to: time,
};
