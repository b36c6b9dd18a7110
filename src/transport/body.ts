import { AdaCarbonError } from "../usage/errors.js";

/** Takes a body as it comes in. */
export interface BodyConsumer<T> {
  /** Whether chunks are still needed when `push` is over. Default false: their memory is then given back at once. */
  readonly keeps?: boolean;
  /** The next bytes. */
  push(chunk: Uint8Array): void;
  /** Nothing comes any more. */
  end(): T;
}

/**
 * Hands the body on as it comes in. `too-large` as soon as it has grown past `maxBytes`, `unreachable` if it
 * breaks off, and whatever the consumer throws; the rest of the body is then not waited for.
 */
export async function drain<T>(
  response: Response,
  maxBytes: number,
  where: string,
  consumer: BodyConsumer<T>,
): Promise<T> {
  let length = 0;
  const canFree = consumer.keeps !== true && givesAway(response.body);
  for await (const chunk of chunksOf(response, where)) {
    length += chunk.byteLength;
    if (length > maxBytes) {
      throw new AdaCarbonError(
        "too-large",
        `${where}: the answer is larger than ${maxBytes} bytes; ask for less at once or raise the bound`,
      );
    }
    consumer.push(chunk);
    if (canFree) (chunk.buffer as ArrayBuffer).transfer(0);
  }
  return consumer.end();
}

/** Whether chunks are the reader's alone: a byte stream, as a body from the network is, hands over their memory. */
function givesAway(body: ReadableStream<Uint8Array> | null): boolean {
  try {
    body?.getReader({ mode: "byob" }).releaseLock();
    return body !== null;
  } catch (error) {
    // What other streams say.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** The chunks of a body. Only what goes wrong in getting them is said to be the connection's fault. */
async function* chunksOf(response: Response, where: string): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof DOMException) throw cause;
    throw new AdaCarbonError(
      "unreachable",
      `${where}: the connection broke off after ${length} bytes of the answer`,
      { cause },
    );
  }
}

/** Keeps all of a body, then reads it. */
export function wholeBody<T>(read: (body: Uint8Array) => T): BodyConsumer<T> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return {
    keeps: true,
    push(chunk) {
      chunks.push(chunk);
      length += chunk.byteLength;
    },
    end: () => read(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks, length)),
  };
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** A body as JSON, or `bad-reply` that says what it looks like instead. */
export function parseJson(body: Uint8Array, where: string): unknown {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(text, where, cause);
  }
}

/** How many characters of a body are looked at. */
const MOST_SHOWN = 60;

/** The `bad-reply` for a body that is no JSON; how it begins shows what it is instead. */
export function notJson(text: string, where: string, cause: unknown): AdaCarbonError {
  return new AdaCarbonError("bad-reply", `${where}: ${looksLike(text)}`, { cause });
}

function looksLike(text: string): string {
  const start = text.trimStart().slice(0, MOST_SHOWN);
  if (start === "") return "the answer is empty, not JSON; check the URL";
  if (start.startsWith("<"))
    return "the answer is HTML, not JSON; a proxy or login page may stand in between, check the URL";
  if (start.startsWith("{") || start.startsWith("["))
    return "the answer is truncated or broken JSON; try again";
  return `the answer is not JSON (it starts ${JSON.stringify(start.slice(0, 30))}); check the URL`;
}
