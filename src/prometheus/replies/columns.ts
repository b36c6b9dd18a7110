import { AdaCarbonError } from "../../usage/errors.js";

/** Numbers in a block, about 4 MB of them. */
const BLOCK = 1 << 19;
/** Numbers that are made missing at once, so that they are in the cache when they come. */
const CLEARED = 1 << 11;

/**
 * Rows of `count` numbers each, however many come. They are kept in blocks, because one growing array would
 * be there twice whenever it grows.
 */
export class Columns {
  readonly #count: number;
  readonly #rowsPerBlock: number;
  readonly #rowsCleared: number;
  readonly #where: string;
  readonly #blocks: Float64Array[] = [];
  #rows = 0;

  /** The block with the last row, and where in it that row starts. */
  block: Float64Array = new Float64Array(0);
  start = 0;

  constructor(count: number, where: string) {
    this.#count = count;
    this.#where = where;
    this.#rowsPerBlock = rowsIn(BLOCK, count);
    this.#rowsCleared = rowsIn(CLEARED, count);
  }

  /** Starts another row; all of it is missing. */
  begin(): void {
    const rowInBlock = this.#rows++ % this.#rowsPerBlock;
    if (rowInBlock === 0) {
      this.block = this.#allocate(this.#rowsPerBlock * this.#count);
      this.#blocks.push(this.block);
    }
    this.start = rowInBlock * this.#count;
    if (rowInBlock % this.#rowsCleared === 0)
      this.block.fill(Number.NaN, this.start, this.start + this.#rowsCleared * this.#count);
  }

  /** Makes all of the last row missing. */
  clear(): void {
    this.block.fill(Number.NaN, this.start, this.start + this.#count);
  }

  /** All rows in one array; to be called once. Each block is given back as soon as it is copied, so that only one is there twice. */
  take(): Float64Array {
    const whole = this.#allocate(this.#rows * this.#count);
    const perBlock = this.#rowsPerBlock * this.#count;
    this.#blocks.forEach((block, i) => {
      const start = i * perBlock;
      whole.set(block.subarray(0, Math.min(perBlock, whole.length - start)), start);
      (block.buffer as ArrayBuffer).transfer(0);
    });
    return whole;
  }

  #allocate(length: number): Float64Array {
    try {
      return new Float64Array(length);
    } catch (cause) {
      const message = `${this.#where}: the answer has ${this.#rows} series, more than memory holds; ask for less at once`;
      throw new AdaCarbonError("too-large", message, { cause });
    }
  }
}

/** At least one. */
function rowsIn(numbers: number, count: number): number {
  return Math.max(1, Math.floor(numbers / Math.max(1, count)));
}
