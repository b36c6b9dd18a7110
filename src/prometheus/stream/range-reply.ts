import { type BodyConsumer, BodyStart } from "../../transport/body.js";
import type { Matrix, StepGrid } from "../matrix.js";
import type { PrometheusReply } from "../reply.js";
import { Interner } from "./interner.js";
import { RangeSink } from "./range-sink.js";
import { JsonScanner } from "./scanner.js";

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/**
 * Decodes the reply to a range query while it comes in: pushed in chunks cut anywhere, at the end columns on
 * the grid. The result, and what is refused, are those of `JSON.parse` and `decodeMatrix`; but no string and
 * no object is made for a sample, and of the body nothing is kept.
 */
export class RangeReplyDecoder implements BodyConsumer<PrometheusReply<Matrix>> {
  readonly #scanner: JsonScanner;
  readonly #sink: RangeSink;
  readonly #start: BodyStart;
  /** How much of a byte order mark has been passed over; 3 when there is none any more to come. */
  #mark = 0;
  #failure: unknown;

  constructor(grid: StepGrid, where: string) {
    const strings = new Interner();
    this.#sink = new RangeSink(grid, where, strings);
    this.#scanner = new JsonScanner(this.#sink, strings);
    this.#start = new BodyStart(where);
  }

  push(chunk: Uint8Array): void {
    this.#start.add(chunk);
    if (this.#failure === undefined) this.#try(() => this.#scan(chunk));
    // What the answer is instead of JSON shows in its first line, which may not be there yet.
    if (this.#failure !== undefined && this.#start.isTelling) throw this.#start.notJson(this.#failure);
  }

  end(): PrometheusReply<Matrix> {
    if (this.#failure === undefined) this.#try(() => this.#scanner.end());
    if (this.#failure !== undefined) throw this.#start.notJson(this.#failure);
    return this.#sink.finish();
  }

  #try(scan: () => void): void {
    try {
      scan();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#failure = error;
    }
  }

  /** TextDecoder passes over a byte order mark, so it is no error here either. */
  #scan(chunk: Uint8Array): void {
    let from = 0;
    while (this.#mark < 3 && from < chunk.length) {
      if (chunk[from] === BYTE_ORDER_MARK[this.#mark]) {
        this.#mark++;
        from++;
        continue;
      }
      if (this.#mark > 0) this.#scanner.push(BYTE_ORDER_MARK.subarray(0, this.#mark));
      this.#mark = 3;
    }
    this.#scanner.push(from === 0 ? chunk : chunk.subarray(from));
  }
}
