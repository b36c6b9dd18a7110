import * as z from "zod";

// What most replies are made of.

/** kWh, grams, watts or CPU-seconds. */
export const amount = z.number().min(0);
/** A share of the whole, 0 to 1. */
export const share = z.number().min(0).max(1);
export const count = z.int().min(0);
export const time = z.iso.datetime();
export const texts = listOf(z.string());
/** The members of a half-open interval. */
export const fromTo = { from: time, to: time };

/** A list that no reader changes. */
export function listOf<Item>(item: z.ZodType<Item>): z.ZodType<readonly Item[]> {
  return z.array(item);
}
