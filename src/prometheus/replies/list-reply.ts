import * as z from "zod";
import type { BodyConsumer } from "../../transport/body.js";
import { type AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import type { Labels } from "./matrix.js";
import { type PrometheusReply, readDocument } from "./reply.js";
import { type ElementReader, ReplyReader, UNUSUAL } from "./reply-reader.js";
import { Room } from "./room.js";

/** What is expected in `data.result`, and what is kept of it. */
export interface ListOf<Kept> {
  readonly resultType: "vector" | "matrix";
  /** `bad-reply` if the element is not what it should be. */
  readonly read: (element: unknown, index: number, where: string) => Kept;
  readonly labelsOf: (kept: Kept) => Labels;
  /** What its numbers take in memory. */
  readonly valueBytes: (kept: Kept) => number;
}

/** Reads a reply while it comes in, and keeps of it what is made of each element. */
export class ListReply<Kept> implements BodyConsumer<PrometheusReply<Kept[]>>, ElementReader {
  readonly #of: ListOf<Kept>;
  readonly #where: string;
  readonly #reply: ReplyReader;
  #room: Room;
  #list: Kept[] = [];
  /** What is wrong with an element is said at the end, because the reply may be refused for something else. */
  #wrong: AdaCarbonError | undefined;

  constructor(of: ListOf<Kept>, where: string) {
    this.#of = of;
    this.#where = where;
    this.#room = new Room(where);
    this.#reply = new ReplyReader(this, where);
  }

  push(chunk: Uint8Array): void {
    this.#reply.push(chunk);
  }

  end(): PrometheusReply<Kept[]> {
    const { document, resultIsRead } = this.#reply.end();
    const { data, warnings } = readDocument(dataOf(this.#of.resultType), document, this.#where);
    if (!resultIsRead) {
      this.#room = new Room(this.#where);
      this.#list = [];
      this.#wrong = undefined;
      for (const element of data.result) this.take(element);
    }
    if (this.#wrong !== undefined) throw this.#wrong;
    return { data: this.#list, warnings };
  }

  readPlain(): number {
    return UNUSUAL;
  }

  take(element: unknown): void {
    if (this.#wrong !== undefined) return;
    const kept = this.#readOrNote(element);
    if (kept === undefined) return;
    this.#room.takeSeries(charactersIn(this.#of.labelsOf(kept)), this.#of.valueBytes(kept));
    this.#list.push(kept);
  }

  #readOrNote(element: unknown): Kept | undefined {
    try {
      return this.#of.read(element, this.#list.length, this.#where);
    } catch (error) {
      if (!isAdaCarbonError(error)) throw error;
      this.#wrong = error;
      return undefined;
    }
  }
}

function charactersIn(labels: Labels): number {
  let characters = 0;
  for (const label in labels) characters += label.length + (labels[label]?.length ?? 0);
  return characters;
}

function dataOf(resultType: "vector" | "matrix"): z.ZodType<{ result: readonly unknown[] }> {
  return z.object({
    resultType: z.literal(resultType),
    // Elements are checked one by one.
    result: z.custom<readonly unknown[]>(Array.isArray, "expected an array"),
  });
}
