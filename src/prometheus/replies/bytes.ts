/** Bytes of JSON's grammar. */
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const SPACE = 0x20;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

const utf8: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The byte at `i`. An index past the end gives `undefined` at run time, which is no byte of any grammar:
 * every comparison with it fails. The cast keeps that test out of the inner loops.
 */
export function byteAt(bytes: Uint8Array, i: number): number {
  return bytes[i] as number;
}

/** Whether the bytes from `from` on are those of an ASCII text. */
export function startsWith(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (byteAt(bytes, from + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** Where the string ends whose first character is at `from`: at its closing quote, or -1 if it has escapes or is cut off. */
export function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  for (let p = from; p < end; p++) {
    const byte = byteAt(bytes, p);
    if (byte === QUOTE) return p;
    if (byte < SPACE || byte === BACKSLASH) return -1;
  }
  return -1;
}

/** The text of the bytes [from, to). */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return utf8.decode(bytes.subarray(from, to));
}
