/** Bytes of JSON's grammar. */
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const DOT = 0x2e;
export const MINUS = 0x2d;
export const PLUS = 0x2b;
export const ZERO = 0x30;
export const SPACE = 0x20;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/**
 * The byte at `i`. An index past the end gives `undefined` at run time, which is no byte of any grammar:
 * every comparison with it fails. The cast keeps that test out of the inner loops.
 */
export function byteAt(bytes: Uint8Array, i: number): number {
  return bytes[i] as number;
}

/** The position of the first byte from `from` on that is not white space. */
export function afterBlanks(bytes: Uint8Array, from: number): number {
  let p = from;
  while (isBlank(byteAt(bytes, p))) p++;
  return p;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A view of the same bytes from which words are read; little-endian on every machine. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
