import type { Reply } from "../../transport/http.js";
import { type Labels, matrixData, parseValue, sampleOf } from "./matrix.js";
import { type PrometheusReply, readReply } from "./reply.js";

/** The samples of one series as they were stored, ascending. Times are UTC milliseconds. */
export interface StoredSamples {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** Reads the reply to a range selector. Histograms, which are no numbers, are left out. */
export function readStoredSamples(body: Uint8Array, reply: Reply): PrometheusReply<StoredSamples[]> {
  const { data, warnings } = readReply(matrixData)(body, reply);
  const { where } = reply;
  const stored = data.result.map(({ metric, values = [] }) => {
    const samples = values.map((pair) => sampleOf(pair, where));
    return {
      labels: metric,
      times: samples.map(([seconds]) => Math.round(seconds * 1000)),
      values: samples.map(([, text]) => parseValue(text, where)),
    };
  });
  return { data: stored, warnings };
}
