import type { ListOf } from "./list-reader.js";
import { type Labels, matrixEntry, parseValue, sampleOf } from "./matrix.js";
import { wrongShape } from "./reply.js";

/** The samples of one series as they were stored, ascending. Times are UTC milliseconds. */
export interface StoredSamples {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** The series of the reply to a range selector. Histograms, which are no numbers, are left out. */
export const STORED_SAMPLES: ListOf<StoredSamples> = {
  resultType: "matrix",
  read: readStoredSamples,
  labelsOf: ({ labels }) => labels,
  valueBytes: ({ times }) => 16 * times.length,
};

function readStoredSamples(element: unknown, index: number, where: string): StoredSamples {
  const parsed = matrixEntry.safeParse(element);
  if (!parsed.success) throw wrongShape(where, ["result", index], parsed.error);
  const { metric, values = [] } = parsed.data;
  const samples = values.map((pair) => sampleOf(pair, where));
  return {
    labels: metric,
    times: samples.map(([seconds]) => Math.round(seconds * 1000)),
    values: samples.map(([, text]) => parseValue(text, where)),
  };
}
