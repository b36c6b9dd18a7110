import { AdaCarbonError } from "../usage/errors.js";

/** The whole body, or `too-large` as soon as it has grown past `maxBytes`, or `unreachable` if it breaks off. */
export async function readBody(response: Response, maxBytes: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.byteLength;
      if (length > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof DOMException) throw cause;
    throw new AdaCarbonError(
      "unreachable",
      `${where}: the connection broke off after ${length} bytes of the answer`,
      { cause },
    );
  }
  if (length > maxBytes) {
    throw new AdaCarbonError(
      "too-large",
      `${where}: the answer is larger than ${maxBytes} bytes; ask for less at once or raise the bound`,
    );
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks, length);
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
    throw new AdaCarbonError("bad-reply", `${where}: ${looksLike(text)}`, { cause });
  }
}

function looksLike(text: string): string {
  const start = text.trimStart().slice(0, 60);
  if (start === "") return "the answer is empty, not JSON; check the URL";
  if (start.startsWith("<"))
    return "the answer is HTML, not JSON; a proxy or login page may stand in between, check the URL";
  if (start.startsWith("{") || start.startsWith("["))
    return "the answer is truncated or broken JSON; try again";
  return `the answer is not JSON (it starts ${JSON.stringify(start.slice(0, 30))}); check the URL`;
}
