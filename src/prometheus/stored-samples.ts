import * as z from "zod";
import type { Reply } from "../transport/http.js";
import { type Labels, parseValue } from "./matrix.js";
import { type PrometheusReply, readReply } from "./reply.js";

/** The samples of one series as they were stored, ascending. Times are UTC milliseconds. */
export interface StoredSamples {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

const sample = z.tuple([z.number(), z.string()]);
const matrix = z.object({
  resultType: z.literal("matrix"),
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(sample).optional() })),
});

/** Reads the reply to a range selector. Histograms, which are no numbers, are left out. */
export function readStoredSamples(body: Uint8Array, reply: Reply): PrometheusReply<StoredSamples[]> {
  const { data, warnings } = readReply(matrix)(body, reply);
  return {
    data: data.result.map(({ metric, values = [] }) => ({
      labels: metric,
      times: values.map(([seconds]) => Math.round(seconds * 1000)),
      values: values.map(([, text]) => parseValue(text, reply.where)),
    })),
    warnings,
  };
}
