import * as z from "zod";
import { parseJson } from "../transport/body.js";
import type { HttpClient } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";
import type { FactSample } from "./fact-sample.js";
import { afterObject, VectorLane } from "./host-lane.js";
import { parseValue } from "./matrix.js";
import { readReply } from "./reply.js";
import { byteAt, COMMA, OPEN_OBJECT } from "./stream/bytes.js";
import { WHOLE_ANSWERS } from "./whole-answers.js";

/** Takes the samples of replies, one by one. */
export interface SampleSink {
  take(sample: FactSample): void;
}

const vector = z.object({
  resultType: z.literal("vector"),
  // Samples are checked one by one while they are read.
  result: z.custom<readonly unknown[]>(Array.isArray, "expected an array"),
});

interface Question {
  readonly query: string;
  /** UTC milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal | undefined;
}

/** How replies of Prometheus and its relatives begin. */
const HEAD =
  /^\{"status":"success",(?:"isPartial":(?:true|false),)?"data":\{"resultType":"vector","result":\[/;

/** Asks for vectors. One of them is kept from poll to poll: what is compiled for it lasts as long as it does. */
export class VectorReader {
  readonly #http: HttpClient;
  readonly #lane: VectorLane;

  /** @param labels Those that samples will be asked for. */
  constructor(http: HttpClient, labels: readonly string[]) {
    this.#http = http;
    this.#lane = new VectorLane(labels);
  }

  /**
   * Evaluates a query and hands every sample with a finite value to `sink`. Native histograms are no numbers
   * and are passed over. Returns what the server says is missing.
   */
  ask({ query, time, signal }: Question, sink: SampleSink): Promise<readonly string[]> {
    return this.#http.request({
      path: "api/v1/query",
      form: new URLSearchParams({ query, time: String(time / 1000), ...WHOLE_ANSWERS }),
      signal,
      // Samples are taken as soon as they are there, so that one reply at a time is held in full.
      read: (body, reply) => {
        const rest = this.#takeMost(body, reply.where, sink);
        const { data, warnings } = readReply(vector)(rest, reply);
        for (const entry of data.result) takeEntry(entry, reply.where, sink);
        return warnings;
      },
    });
  }

  /**
   * Takes entries, and returns the body without them, to be read as any reply. That is JSON if and only if the
   * whole is: an entry is left in unless a comma and another object follow.
   */
  #takeMost(body: Uint8Array, where: string, sink: SampleSink): Uint8Array {
    const head = HEAD.exec(new TextDecoder("latin1").decode(body.subarray(0, 100)))?.[0].length ?? -1;
    if (head < 0) return body;
    const lane = this.#lane;
    let p = head;
    try {
      lane.open(body);
      while (byteAt(body, p) === OPEN_OBJECT) {
        const read = lane.read(p);
        const end = read >= 0 ? read : afterObject(body, p);
        if (byteAt(body, end) !== COMMA || byteAt(body, end + 1) !== OPEN_OBJECT) break;
        if (read < 0) takeEntry(parseJson(body.subarray(p, end), where), where, sink);
        else if (Number.isFinite(lane.value)) sink.take(lane);
        p = end + 1;
      }
    } finally {
      lane.close();
    }
    const rest = new Uint8Array(head + body.length - p);
    rest.set(body.subarray(0, head));
    rest.set(body.subarray(p), head);
    return rest;
  }
}

function takeEntry(entry: unknown, where: string, sink: SampleSink): void {
  if (!isRecord(entry) || !isRecord(entry.metric)) throw badSample(where);
  const { metric, value: sample } = entry;
  if (sample === undefined && entry.histogram !== undefined) return;
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof text !== "string") throw badSample(where);
  const value = parseValue(text, where);
  if (!Number.isFinite(value)) return;
  sink.take({
    value,
    has: (label, wanted) => metric[label] === wanted,
    text: (label) => {
      const found = metric[label];
      // Half of a surrogate pair is no name that anything could store.
      return typeof found === "string" ? found.toWellFormed() || null : null;
    },
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function badSample(where: string): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: a series is not labels, a time and a value as text`);
}
