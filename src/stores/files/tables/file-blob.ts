import type { CheckedFile } from "./checksums.js";

/** An open file as the Blob of which parquet-wasm reads the parts that it needs. */
export class FileBlob extends Blob {
  readonly #file: CheckedFile;
  readonly #from: number;
  readonly #to: number;

  constructor(file: CheckedFile, from: number = 0, to: number = file.size) {
    super();
    this.#file = file;
    this.#from = from;
    this.#to = to;
  }

  override get size(): number {
    return this.#to - this.#from;
  }

  override slice(from: number = 0, to: number = this.size): FileBlob {
    return new FileBlob(this.#file, this.#from + from, Math.min(this.#from + to, this.#to));
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#file.read(this.#from, this.#to);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
}
