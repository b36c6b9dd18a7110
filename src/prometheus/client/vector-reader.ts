import type { HttpClient } from "../../transport/http.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { parseValue } from "../replies/matrix.js";
import { type FactSample, PlainEntry } from "../replies/plain-entry.js";
import { ReplyDecoder, type ResultReader } from "../replies/reply-decoder.js";
import { INCOMPLETE, UNUSUAL } from "../replies/reply-reader.js";
import type { UnreadBytes } from "../replies/unread-bytes.js";
import { labelText } from "./hosts.js";
import { WHOLE_ANSWERS } from "./whole-answers.js";

/** Takes the samples of replies, one by one. */
export interface SampleSink {
  take(sample: FactSample): void;
}

interface Question {
  readonly query: string;
  /** UTC milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal | undefined;
}

const PATH = "api/v1/query";
/** An entry that is longer is parsed, and not waited for to be read where it lies. */
const LONGEST_PLAIN = 4096;

/** Asks for vectors. One of them is kept from poll to poll: what is compiled for it lasts as long as it does. */
export class VectorReader {
  readonly #http: HttpClient;
  readonly #entries: EntryReader;
  readonly #reply: ReplyDecoder<void>;

  /** @param labels Those that samples will be asked for. */
  constructor(http: HttpClient, labels: readonly string[]) {
    this.#http = http;
    const where = `${http.where}/${PATH}`;
    this.#entries = new EntryReader(labels, where);
    this.#reply = new ReplyDecoder("vector", () => this.#entries, where);
  }

  /**
   * Evaluates a query and hands every sample with a finite value to `sink`. Native histograms are no numbers
   * and are passed over. Returns what the server says is missing.
   */
  ask({ query, time, signal }: Question, sink: SampleSink): Promise<readonly string[]> {
    return this.#http.request({
      path: PATH,
      form: new URLSearchParams({ query, time: String(time / 1000), ...WHOLE_ANSWERS }),
      signal,
      // Samples are taken as soon as they are there, so that one reply at a time is held in full.
      read: (body) => {
        this.#entries.sink = sink;
        this.#reply.begin();
        this.#reply.push(body);
        return this.#reply.end().warnings;
      },
    });
  }
}

/** Hands the sample of each entry to `sink`. */
class EntryReader implements ResultReader<void> {
  readonly #plain: PlainEntry;
  readonly #where: string;
  sink: SampleSink = { take: () => {} };

  constructor(labels: readonly string[], where: string) {
    this.#plain = new PlainEntry(labels);
    this.#where = where;
  }

  readPlain(unread: UnreadBytes): number {
    const after = this.#plain.read(unread);
    if (after < 0) return unread.end - unread.from < LONGEST_PLAIN ? INCOMPLETE : UNUSUAL;
    if (Number.isFinite(this.#plain.value)) this.sink.take(this.#plain);
    return after;
  }

  /** Samples have been handed on already. */
  result(): void {}

  take(entry: unknown): void {
    const where = this.#where;
    if (!isRecord(entry) || !isRecord(entry.metric)) throw badSample(where);
    const { metric, value: sample } = entry;
    if (sample === undefined && entry.histogram !== undefined) return;
    const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
    if (typeof text !== "string") throw badSample(where);
    const value = parseValue(text, where);
    if (!Number.isFinite(value)) return;
    this.sink.take({
      value,
      has: (label, wanted) => metric[label] === wanted,
      text: (label) => {
        const text = metric[label];
        return typeof text === "string" ? labelText(text) : null;
      },
    });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function badSample(where: string): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: a series is not labels, a time and a value as text`);
}
