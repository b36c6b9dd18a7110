import { isAdaCarbonError } from "../../usage/errors.js";
import { decodeMatrix, type Matrix, matrixData, type StepGrid } from "../matrix.js";
import { type PrometheusReply, readReply } from "../reply.js";
import { RangeReplyDecoder } from "./range-reply.js";

// For tests and benchmarks: what the stream decoder is held against.

const WHERE = "http://prometheus";

/** The whole body by JSON.parse. */
export function decodeWhole(body: Uint8Array, grid: StepGrid): PrometheusReply<Matrix> {
  const reply = { status: 200, contentType: "application/json", where: WHERE };
  const { data, warnings } = readReply(matrixData)(body, reply);
  return { data: decodeMatrix(data.result, grid, WHERE), warnings };
}

export function decodeStreamed(chunks: Iterable<Uint8Array>, grid: StepGrid): PrometheusReply<Matrix> {
  const decoder = new RangeReplyDecoder(grid, WHERE);
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
