import { byteAt } from "./bytes.js";

const SLOTS = 1 << 13;
const decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Strings by their bytes, so that a label repeated in thousands of series is made once. A slot holds the last
 * string that hashed to it: the memory is bounded, and a collision costs no more than a new string.
 */
export class Interner {
  readonly #slots: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined);

  /** The string of ASCII bytes [from, to), which hash to `hash` by {@link mix}. */
  text(bytes: Uint8Array, from: number, to: number, hash: number): string {
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isText(known, bytes, from, to)) return known;
    const text = decoder.decode(bytes.subarray(from, to));
    this.#slots[slot] = text;
    return text;
  }
}

/** The hash of a text one byte longer. Starts from 0. */
export function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== byteAt(bytes, from + i)) return false;
  return true;
}
