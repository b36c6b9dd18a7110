import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { overlaps } from "../../../usage/hour.js";

// A table has checksums of its bytes, so that damage is one clear line and not another number. They lie between its rows
// and its footer, where readers of Parquet do not look, as 32-bit numbers, little-endian: of each block before them its
// length and its CRC-32, then the CRC-32 of the footer and all after it, how many blocks there are, and a mark.

const LONGEST_BLOCK = 65_536;
const MARK = 0x41_44_41_43;
const BLOCK_ENTRY = 8;
const TRAILER = 12;
/** How long the footer is, and `PAR1`. */
const END = 8;
/** So many bytes are held back, until it is known which of them are the footer. */
const HELD = 2 ** 23;

/** The bytes of a Parquet file with checksums of them. */
export async function* withChecksums(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const numbers: number[] = [];
  const summed = (data: Uint8Array): Uint8Array => {
    for (let at = 0; at < data.length; at += LONGEST_BLOCK) {
      const block = data.subarray(at, at + LONGEST_BLOCK);
      numbers.push(block.length, crc32(block));
    }
    return data;
  };
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of bytes) {
    held.push(chunk);
    heldBytes += chunk.length;
    for (let first = held[0]; first !== undefined && heldBytes - first.length > HELD; first = held[0]) {
      yield summed(first);
      held.shift();
      heldBytes -= first.length;
    }
  }
  const last = Buffer.concat(held);
  const footerAt = last.length - END - last.readUInt32LE(last.length - END);
  // A footer that is longer than what was held, of billions of rows, goes without.
  if (footerAt < 0) return yield last;
  yield summed(last.subarray(0, footerAt));
  const footer = last.subarray(footerAt);
  yield new Uint8Array(Uint32Array.of(...numbers, crc32(footer), numbers.length / 2, MARK).buffer);
  yield footer;
}

interface Block {
  readonly from: number;
  readonly to: number;
  readonly sum: number;
}

/** A file whose bytes are held against its checksums when they are read for the first time; of one without, none are. */
export class CheckedFile {
  readonly size: number;
  readonly #file: FileHandle;
  /** Those that have not been read yet. */
  #blocks: Block[] = [];
  #failure: unknown;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  static async open(file: FileHandle): Promise<CheckedFile> {
    const checked = new CheckedFile(file, (await file.stat()).size);
    await checked.#readSums();
    return checked;
  }

  async #readSums(): Promise<void> {
    const end = await this.#bytes(this.size - END, this.size);
    const footerAt = end.length < END ? 0 : this.size - END - end.readUInt32LE(0);
    const trailer = await this.#bytes(footerAt - TRAILER, footerAt);
    if (trailer.length < TRAILER || trailer.readUInt32LE(8) !== MARK) return;
    const footer = { from: footerAt, to: this.size, sum: trailer.readUInt32LE(0) };
    if (crc32(await this.#bytes(footer.from, footer.to)) !== footer.sum) this.#failure = damaged(footer);
    const entriesAt = footerAt - TRAILER - BLOCK_ENTRY * trailer.readUInt32LE(4);
    const entries = await this.#bytes(entriesAt, footerAt - TRAILER);
    for (let at = 0, from = 0; at < entries.length; at += BLOCK_ENTRY) {
      const to = from + entries.readUInt32LE(at);
      this.#blocks.push({ from, to, sum: entries.readUInt32LE(at + 4) });
      from = to;
    }
  }

  /** Throws if anything could not be read as it was written. */
  assertWhole(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The bytes, or zeros where that fails, of which {@link CheckedFile.assertWhole} tells: WebAssembly takes no failure. */
  async read(from: number, to: number): Promise<Buffer<ArrayBuffer>> {
    const blocks = this.#blocks.filter((block) => overlaps(block, { from, to }));
    const start = Math.min(from, blocks[0]?.from ?? from);
    try {
      const bytes = await this.#bytes(start, Math.max(to, blocks.at(-1)?.to ?? to));
      for (const block of blocks)
        if (crc32(bytes.subarray(block.from - start, block.to - start)) !== block.sum) throw damaged(block);
      if (blocks.length > 0) this.#blocks = this.#blocks.filter((block) => !blocks.includes(block));
      return bytes.subarray(from - start, to - start);
    } catch (error) {
      this.#failure ??= error;
      return Buffer.alloc(to - from);
    }
  }

  async #bytes(from: number, to: number): Promise<Buffer<ArrayBuffer>> {
    if (from < 0 || to <= from) return Buffer.alloc(0);
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  }
}

function damaged({ from, to }: Omit<Block, "sum">): Error {
  return new Error(
    `its bytes ${from} to ${to} are not those that were written: the disk, or another tool, changed them`,
  );
}
