import * as z from "zod";
import { AdaCarbonError } from "../../usage/errors.js";

export type Labels = Readonly<Record<string, string>>;

export const labels: z.ZodType<Labels> = z.record(z.string(), z.string());

/** A series of a range query. Samples are checked while they are decoded: there may be millions. */
export const matrixEntry: z.ZodType<MatrixEntry> = z.object({
  metric: labels,
  values: z.custom<readonly unknown[]>(Array.isArray, "expected an array").optional(),
  histograms: z.custom<readonly unknown[]>(Array.isArray, "expected an array").optional(),
});

export interface MatrixEntry {
  metric: Labels;
  values?: readonly unknown[] | undefined;
  histograms?: readonly unknown[] | undefined;
}

/** Evaluation times of a range query: `count` of them, `stepMs` apart, from `from` on; UTC milliseconds. */
export interface StepGrid {
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Series on a common grid of steps: series `s` at step `i` is at `s * grid.count + i`. NaN is missing. */
export interface Matrix {
  readonly grid: StepGrid;
  readonly series: readonly Labels[];
  readonly values: Float64Array;
  /** Series that also or only carried native histograms, which are no numbers. */
  readonly histograms: readonly Labels[];
  /** Samples that were NaN or infinite, and so are missing here. */
  readonly notFinite: readonly { readonly labels: Labels; readonly time: number; readonly value: string }[];
}

/** Whether it is Unix seconds and the text of a value. */
export function isSample(pair: unknown): pair is readonly [seconds: number, text: string] {
  return Array.isArray(pair) && typeof pair[0] === "number" && typeof pair[1] === "string";
}

/** The sample, or `bad-reply`. */
export function sampleOf(pair: unknown, where: string): readonly [seconds: number, text: string] {
  if (isSample(pair)) return pair;
  throw new AdaCarbonError("bad-reply", `${where}: ${NO_SAMPLE}`);
}

export const NO_SAMPLE = "a sample is not a pair of time and value";

/** As {@link numberOf}, or `bad-reply`. */
export function parseValue(text: string, where: string): number {
  const value = numberOf(text);
  if (value === undefined)
    throw new AdaCarbonError("bad-reply", `${where}: ${JSON.stringify(text.slice(0, 40))} is not a number`);
  return value;
}

/** A sample's value. Prometheus writes `+Inf`, `-Inf` and `NaN`, which `Number()` does not all understand. */
export function numberOf(text: string): number | undefined {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}
