import { joinedBytes } from "../codecs/joined-bytes.js";
import { AdaCarbonError, isAdaCarbonError } from "../usage/errors.js";

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
      throw tooLarge(where, `larger than ${maxBytes} bytes`);
    }
    consumer.push(chunk);
    if (canFree) (chunk.buffer as ArrayBuffer).transfer(0);
  }
  return consumer.end();
}

/** The `too-large` for an answer that would take too much memory. */
export function tooLarge(where: string, what: string): AdaCarbonError {
  return new AdaCarbonError("too-large", `${where}: the answer is ${what}; ask for less at once`);
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

/** How often it is looked at whether a body comes on. Twice nothing is too slow: once, we may have been busy. */
const LOOK_MS = 5_000;
/** A body that brings less between two looks is one that never ends. */
const LEAST_BYTES = 1_024;

/**
 * The chunks of a body. Only what goes wrong in getting them is said to be the connection's fault. `timeout` if it
 * hardly comes on.
 */
async function* chunksOf(response: Response, where: string): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let length = 0;
  let isOver = false;
  const watch = watchProgress(() => length);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), watch.stalled]);
      isOver = done;
      if (value === undefined) return;
      length += value.byteLength;
      yield value;
    }
  } catch (cause) {
    if (cause === STALLED) {
      const message = `${where}: the answer hardly comes on, ${length} bytes so far; try again later`;
      throw new AdaCarbonError("timeout", message);
    }
    isOver = true;
    if (cause instanceof DOMException) throw cause;
    throw new AdaCarbonError(
      "unreachable",
      `${where}: the connection broke off after ${length} bytes of the answer`,
      { cause },
    );
  } finally {
    watch.stop();
    if (!isOver) await reader.cancel();
  }
}

const STALLED: unique symbol = Symbol("stalled");

/** Rejects with `STALLED` once so few bytes have come between two looks, twice in a row. */
function watchProgress(bytes: () => number): { readonly stalled: Promise<never>; stop(): void } {
  let seen = 0;
  let slowLooks = 0;
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    slowLooks = bytes() - seen < LEAST_BYTES ? slowLooks + 1 : 0;
    seen = bytes();
    if (slowLooks === 2) reject(STALLED);
  }, LOOK_MS);
  return { stalled, stop: () => clearInterval(timer) };
}

/** What an error says of itself is short; of a body that is longer or breaks off, the beginning counts. */
const LONGEST_EXPLANATION = 2 ** 16;

/** The same response with a body that is there and short: that of an error may be as endless as any other. */
export async function shortened(response: Response): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunksOf(response, "")) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > LONGEST_EXPLANATION) break;
    }
  } catch (error) {
    if (!isAdaCarbonError(error)) throw error;
  }
  const { status, headers } = response;
  return new Response(length === 0 ? null : joinedBytes(chunks), { status, headers });
}

/** Keeps all of a body, then reads it. */
export function wholeBody<T>(read: (body: Uint8Array) => T): BodyConsumer<T> {
  const chunks: Uint8Array[] = [];
  return {
    keeps: true,
    push: (chunk) => void chunks.push(chunk),
    end: () => read(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joinedBytes(chunks)),
  };
}

/** What is made of JSON takes up to twenty times as much memory as its text. */
export const LARGEST_PARSED_BYTES: number = 16 * 2 ** 20;

/** A body as JSON, or `bad-reply` that says what it looks like instead; `too-large` for what is not worth parsing. */
export function parseJson(body: Uint8Array, where: string): unknown {
  if (body.length > LARGEST_PARSED_BYTES) throw tooLarge(where, `larger than ${LARGEST_PARSED_BYTES} bytes`);
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
