import * as z from "zod";
import type { HttpClient } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";
import { parseValue } from "./matrix.js";
import { readReply } from "./reply.js";

/** The labels of one series, not checked yet: those that are there are text, says the interface. */
export type RawLabels = Readonly<Record<string, unknown>>;

export type TakeSample = (labels: RawLabels, value: number) => void;

/** Samples are checked one by one while they are read: with 10,000 hosts there are 60,000 a minute. */
const vector = z.object({
  resultType: z.literal("vector"),
  result: z.custom<readonly unknown[]>(Array.isArray, "expected an array"),
});

/** As in `PrometheusClient`: a part of the hosts must not pass for all of them. */
const WHOLE_ANSWERS = { partial_response: "false", nocache: "1", deny_partial_response: "1" };

/**
 * Evaluates `query` at `time` (UTC ms) and hands every sample with a finite value to `take`. Native
 * histograms are no numbers and are passed over. Returns what the server says is missing.
 */
export function askFacts(
  http: HttpClient,
  query: string,
  time: number,
  take: TakeSample,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const read = readReply(vector);
  return http.request({
    path: "api/v1/query",
    form: new URLSearchParams({ query, time: String(time / 1000), ...WHOLE_ANSWERS }),
    signal,
    // Samples are taken as soon as they are there, so that one reply at a time is held in full.
    read: (body, reply) => {
      const { data, warnings } = read(body, reply);
      for (const entry of data.result) takeSample(entry, reply.where, take);
      return warnings;
    },
  });
}

function takeSample(entry: unknown, where: string, take: TakeSample): void {
  if (!isRecord(entry) || !isRecord(entry.metric)) throw badSample(where);
  const { metric, value: sample } = entry;
  if (sample === undefined && entry.histogram !== undefined) return;
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof text !== "string") throw badSample(where);
  const value = parseValue(text, where);
  if (Number.isFinite(value)) take(metric, value);
}

/** A label that is absent or empty is `null`. Half of a surrogate pair is no name that anything could store. */
export function labelIn(labels: RawLabels, name: string): string | null {
  const label = labels[name];
  return typeof label === "string" ? label.toWellFormed() || null : null;
}

function isRecord(value: unknown): value is RawLabels {
  return typeof value === "object" && value !== null;
}

function badSample(where: string): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: a series is not labels, a time and a value as text`);
}
