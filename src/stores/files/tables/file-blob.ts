import type { FileHandle } from "node:fs/promises";

/** An open file as the Blob of which parquet-wasm reads the parts that it needs. */
export class FileBlob extends Blob {
  readonly #file: FileHandle;
  readonly #from: number;
  readonly #to: number;

  constructor(file: FileHandle, from: number, to: number) {
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
    const bytes = new Uint8Array(Math.max(this.size, 0));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, this.#from);
    return bytes.buffer.slice(0, bytesRead);
  }
}
