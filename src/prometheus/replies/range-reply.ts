import type { BodyConsumer } from "../../transport/body.js";
import { type Matrix, matrixData, type StepGrid } from "./matrix.js";
import { type PrometheusReply, readDocument } from "./reply.js";
import { ReplyReader } from "./reply-reader.js";
import { SeriesReader } from "./series-reader.js";

/**
 * Decodes the reply to a range query while it comes in: pushed in chunks cut anywhere, at the end columns on
 * the grid. No string and no object is made for an ordinary sample, and of the body one series is kept at most.
 */
export class RangeReplyDecoder implements BodyConsumer<PrometheusReply<Matrix>> {
  readonly #grid: StepGrid;
  readonly #where: string;
  readonly #series: SeriesReader;
  readonly #reply: ReplyReader;

  constructor(grid: StepGrid, where: string) {
    this.#grid = grid;
    this.#where = where;
    this.#series = new SeriesReader(grid, where);
    this.#reply = new ReplyReader(this.#series, where);
  }

  push(chunk: Uint8Array): void {
    this.#reply.push(chunk);
  }

  end(): PrometheusReply<Matrix> {
    const { document, resultIsRead } = this.#reply.end();
    const { data, warnings } = readDocument(matrixData, document, this.#where);
    if (resultIsRead) return { data: this.#series.matrix(), warnings };
    const series = new SeriesReader(this.#grid, this.#where);
    for (const entry of data.result) series.take(entry, 0);
    return { data: series.matrix(), warnings };
  }
}
