import * as z from "zod";
import { notJson } from "../../transport/body.js";
import { isAdaCarbonError } from "../../usage/errors.js";
import { KnownLabels } from "./known-labels.js";
import {
  type Labels,
  type Matrix,
  type MatrixEntry,
  matrixEntry,
  parseValue,
  type StepGrid,
  sampleOf,
} from "./matrix.js";
import { badReply, type PrometheusReply, readDocument } from "./reply.js";
import { ReplyDecoder } from "./reply-decoder.js";
import { SeriesReader } from "./series-reader.js";

// For tests and benchmarks: what the stream decoder is held against.

const WHERE = "http://prometheus";

export const matrixData: z.ZodType<{ result: MatrixEntry[] }> = z.object({
  resultType: z.literal("matrix"),
  result: z.array(matrixEntry),
});

/** The whole body by JSON.parse. */
export function decodeWhole(body: Uint8Array, grid: StepGrid): PrometheusReply<Matrix> {
  const { data, warnings } = readDocument(matrixData, parsed(new TextDecoder().decode(body)), WHERE);
  return { data: decodeMatrix(data.result, grid, WHERE), warnings };
}

/** Of any size: the large body of the benchmark is more than the library parses in one piece. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(text, WHERE, cause);
  }
}

/** Range query results as columns. A sample off the grid or without a number is `bad-reply`. */
function decodeMatrix(entries: readonly MatrixEntry[], grid: StepGrid, where: string): Matrix {
  const values = new Float64Array(entries.length * grid.count).fill(Number.NaN);
  const notFinite: { labels: Labels; time: number; value: string }[] = [];
  entries.forEach((entry, s) => {
    for (const pair of entry.values ?? []) {
      const [seconds, text] = sampleOf(pair, where);
      const time = Math.round(seconds * 1000);
      const step = (time - grid.from) / grid.stepMs;
      if (!Number.isInteger(step) || step < 0 || step >= grid.count) {
        throw badReply(where, `a sample at ${seconds}, which is not among the times asked for`);
      }
      const value = parseValue(text, where);
      if (Number.isFinite(value)) values[s * grid.count + step] = value;
      else notFinite.push({ labels: entry.metric, time, value: text });
    }
  });
  const histograms = entries
    .filter((entry) => (entry.histograms?.length ?? 0) > 0)
    .map((entry) => entry.metric);
  return { grid, series: entries.map((entry) => entry.metric), values, histograms, notFinite };
}

export function decodeStreamed(chunks: Iterable<Uint8Array>, grid: StepGrid): PrometheusReply<Matrix> {
  const decoder = new ReplyDecoder("matrix", () => new SeriesReader(grid, WHERE, new KnownLabels()), WHERE);
  for (const chunk of chunks) decoder.push(chunk);
  return decoder.end();
}

/** The body cut at the given places, or every `size` bytes. */
export function* cut(body: Uint8Array, places: readonly number[] | number): Generator<Uint8Array> {
  let from = 0;
  if (typeof places === "number") {
    for (; from < body.length; from += places) yield body.subarray(from, from + places);
    return;
  }
  for (const to of [...places].sort((a, b) => a - b)) {
    yield body.subarray(from, to);
    from = to;
  }
  yield body.subarray(from);
}

/** The chunks, each of which is overwritten when the next one is asked for: whoever kept one has nothing. */
export function* fleeting(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    const copy = chunk.slice();
    yield copy;
    copy.fill(0x39);
  }
}

/** What came of decoding: the result, or the error's code and message. Anything else is thrown on. */
export type Outcome = PrometheusReply<Matrix> | { readonly refused: string };

export function outcome(decode: () => PrometheusReply<Matrix>): Outcome {
  try {
    return decode();
  } catch (error) {
    if (isAdaCarbonError(error)) return { refused: `${error.code} ${error.message}` };
    throw error;
  }
}
