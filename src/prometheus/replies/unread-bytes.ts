import { byteAt, SPACE } from "./bytes.js";

/** So many zeros stand behind the last byte: whoever reads a little too far finds nothing, and needs no test. */
export const PADDING = 128;

/** The bytes of a body that have come and are not read yet. */
export class UnreadBytes {
  bytes: Uint8Array = new Uint8Array(2 ** 17);
  /** The same bytes, for reading four of them at once. */
  words: DataView = wordsOf(this.bytes);
  /** The first byte that is not read yet. */
  from = 0;
  /** Behind the last byte that is there. */
  end = 0;

  append(more: Uint8Array): void {
    // What has been read is given up, unless there is enough room without that.
    if (this.from > 0 && this.end + more.length + PADDING > this.bytes.length) {
      this.bytes.copyWithin(0, this.from, this.end);
      this.end -= this.from;
      this.from = 0;
    }
    const needed = this.end + more.length + PADDING;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, this.end));
      this.bytes = grown;
      this.words = wordsOf(grown);
    }
    this.bytes.set(more, this.end);
    this.end += more.length;
    this.bytes.fill(0, this.end, this.end + PADDING);
  }

  get isEmpty(): boolean {
    return this.from === this.end;
  }

  skipBlanks(): void {
    while (this.from < this.end && isBlank(byteAt(this.bytes, this.from))) this.from++;
  }
}

/** A view of the same bytes from which words are read. */
function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
