import * as z from "zod";
import type { BodyConsumer } from "../../transport/body.js";
import { type PrometheusReply, readDocument } from "./reply.js";
import { type ElementReader, ReplyReader } from "./reply-reader.js";

export type ResultType = "vector" | "matrix";

/** Makes something of the elements of a reply. */
export interface ResultReader<T> extends ElementReader {
  /** What was made of them. What is wrong with one is thrown here: before, the reply may be refused for something else. */
  result(): T;
}

const DATA: Readonly<Record<ResultType, z.ZodType<{ result: readonly unknown[] }>>> = {
  vector: dataOf("vector"),
  matrix: dataOf("matrix"),
};

/** Decodes a reply while it comes in: pushed in chunks cut anywhere. Of the body one element is kept at most. */
export class ReplyDecoder<T> implements BodyConsumer<PrometheusReply<T>> {
  readonly #resultType: ResultType;
  readonly #makeReader: () => ResultReader<T>;
  readonly #where: string;
  readonly #elements: ResultReader<T>;
  readonly #reply: ReplyReader;

  constructor(resultType: ResultType, makeReader: () => ResultReader<T>, where: string) {
    this.#resultType = resultType;
    this.#makeReader = makeReader;
    this.#where = where;
    this.#elements = makeReader();
    this.#reply = new ReplyReader(this.#elements, where);
  }

  /** Another reply begins. */
  begin(): void {
    this.#reply.begin();
  }

  push(chunk: Uint8Array): void {
    this.#reply.push(chunk);
  }

  end(): PrometheusReply<T> {
    const { document, resultIsRead } = this.#reply.end();
    const { data, warnings } = readDocument(DATA[this.#resultType], document, this.#where);
    if (resultIsRead) return { data: this.#elements.result(), warnings };
    const elements = this.#makeReader();
    for (const element of data.result) elements.take(element, 0);
    return { data: elements.result(), warnings };
  }
}

function dataOf(resultType: ResultType): z.ZodType<{ result: readonly unknown[] }> {
  return z.object({
    resultType: z.literal(resultType),
    // Elements are checked one by one.
    result: z.array(z.unknown()),
  });
}
