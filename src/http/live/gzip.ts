import { constants, crc32, deflateRawSync } from "node:zlib";
import { joinedBytes } from "../../codecs/joined-bytes.js";

/**
 * Text that is sent to many viewers. It is compressed once, by itself: what one viewer may see never shares a
 * window with what another may, and the pieces can be put behind each other in any stream.
 */
export class SharedText {
  readonly bytes: Uint8Array;
  #deflated: Uint8Array | undefined;

  constructor(text: string) {
    this.bytes = new TextEncoder().encode(text);
  }

  /** Blocks of deflate that end on a whole byte and of which none is the last. */
  get deflated(): Uint8Array {
    this.#deflated ??= deflateRawSync(this.bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return this.#deflated;
  }
}

/** Texts as the bytes of one stream. */
export interface StreamCoding {
  next(text: SharedText): Uint8Array;
  /** What is left to be sent at the end; `null` for nothing. */
  end(): Uint8Array | null;
}

export const AS_IT_IS: StreamCoding = { next: ({ bytes }) => bytes, end: () => null };

/** RFC 1952: deflate, no name, no time, an unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
/** An empty block that says that it is the last. */
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

/** One stream of gzip made of texts that were compressed for all. */
export function gzipStream(): StreamCoding {
  let head: Uint8Array = HEADER;
  let checksum = 0;
  let length = 0;
  return {
    next({ bytes, deflated }) {
      checksum = crc32(bytes, checksum);
      length += bytes.length;
      const piece = head.length === 0 ? deflated : joinedBytes([head, deflated]);
      head = new Uint8Array();
      return piece;
    },
    end() {
      const trailer = new DataView(new ArrayBuffer(8));
      trailer.setUint32(0, checksum, true);
      trailer.setUint32(4, length >>> 0, true);
      return joinedBytes([head, LAST_BLOCK, new Uint8Array(trailer.buffer)]);
    },
  };
}
