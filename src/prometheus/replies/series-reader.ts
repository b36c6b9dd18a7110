import type { AdaCarbonError } from "../../usage/errors.js";
import { concatNumbers } from "../../usage/series.js";
import { byteAt, CLOSE_ARRAY, CLOSE_OBJECT, startsWith } from "./bytes.js";
import { type KnownLabels, nextLabels, type WrittenLabels } from "./known-labels.js";
import {
  isSample,
  type Labels,
  type Matrix,
  matrixEntry,
  NO_SAMPLE,
  numberOf,
  type StepGrid,
} from "./matrix.js";
import { badReply, wrongShape } from "./reply.js";
import type { ResultReader } from "./reply-decoder.js";
import { INCOMPLETE, UNUSUAL } from "./reply-reader.js";
import { Room } from "./room.js";
import { SampleReader, type SampleSink } from "./sample-reader.js";
import { stepAt } from "./step-times.js";
import { PADDING, type UnreadBytes } from "./unread-bytes.js";
import { ValueEnd } from "./value-end.js";

// A series as Prometheus writes it, around its labels and samples.
const METRIC = '{"metric":{';
const VALUES = ',"values":[';
/** What is remembered of a sample that is no number. */
const NOT_FINITE_BYTES = 150;
/** Numbers are kept in blocks of 128 KB: one array that grows would be there twice whenever it does. */
const BLOCK_NUMBERS = 2 ** 14;
/** Labels longer than this are not waited for, but read as any other JSON. */
const LONGEST_LABELS = 2 ** 16;

/**
 * The series of a range reply, into columns. What is wrong with one is said at the end, because the reply may be
 * refused for something else: first for the shape of a series, then for a sample.
 */
export class SeriesReader implements ResultReader<Matrix>, SampleSink {
  readonly #grid: StepGrid;
  readonly #where: string;
  readonly #knownLabels: KnownLabels;
  readonly #room: Room;
  readonly #samples: SampleReader;
  readonly #labelsEnd: ValueEnd = new ValueEnd();
  readonly #series: Labels[] = [];
  readonly #blocks: Float64Array[] = [];
  readonly #histograms: Labels[] = [];
  readonly #notFinite: { labels: Labels; time: number; value: string }[] = [];
  #wrongShape: AdaCarbonError | undefined;
  #wrongSample: string | undefined;

  block: Float64Array = new Float64Array(0);
  start = 0;
  // Of the series being read: how far behind its start its samples have been read; 0 if none is being read.
  #readTo = 0;
  #labels: Labels = {};
  #written: WrittenLabels | undefined;
  #labelCharacters = 0;
  #firstNotFinite = 0;
  #wrongSampleHere: string | undefined;

  constructor(grid: StepGrid, where: string, knownLabels: KnownLabels) {
    this.#grid = grid;
    this.#where = where;
    this.#knownLabels = knownLabels;
    this.#room = new Room(where);
    this.#samples = new SampleReader(grid);
  }

  readPlain(unread: UnreadBytes): number {
    const { bytes, words, from, end } = unread;
    if (this.#readTo === 0) {
      const samples = this.#readLabels(unread);
      if (samples < 0) return samples;
      this.#begin();
      this.#samples.begin();
      this.#readTo = samples - from;
    }
    const after = this.#samples.run(bytes, words, from + this.#readTo, end, this);
    if (byteAt(bytes, after) === CLOSE_ARRAY && byteAt(bytes, after + 1) === CLOSE_OBJECT) {
      this.#finish();
      return after + 2;
    }
    this.#readTo = after - from;
    return end - after < PADDING ? INCOMPLETE : UNUSUAL;
  }

  /** Where the samples of a series start; INCOMPLETE or UNUSUAL. */
  #readLabels({ bytes, from, end }: UnreadBytes): number {
    if (!startsWith(bytes, from, METRIC)) return end - from < METRIC.length ? INCOMPLETE : UNUSUAL;
    const start = from + METRIC.length - 1;
    const expected = nextLabels(this.#written, bytes, start, end);
    const labelsEnd =
      expected === undefined ? this.#findEnd(bytes, start, end) : start + expected.json.length;
    if (labelsEnd < 0) return end - start < LONGEST_LABELS ? INCOMPLETE : UNUSUAL;
    if (!startsWith(bytes, labelsEnd, VALUES)) return end - labelsEnd < VALUES.length ? INCOMPLETE : UNUSUAL;
    const written = expected ?? this.#knownLabels.read(bytes, start, labelsEnd, this.#written);
    if (written === undefined) return UNUSUAL;
    this.#written = written;
    this.#labels = written.labels;
    this.#labelCharacters = labelsEnd - start;
    return labelsEnd + VALUES.length;
  }

  #findEnd(bytes: Uint8Array, start: number, end: number): number {
    this.#labelsEnd.begin();
    return this.#labelsEnd.find(bytes, start, end);
  }

  take(element: unknown, bytes: number): void {
    const parsed = matrixEntry.safeParse(element);
    if (!parsed.success) {
      this.#wrongShape ??= wrongShape(this.#where, ["result", this.#series.length], parsed.error);
    }
    const { metric = {}, values = [], histograms = [] } = parsed.data ?? {};
    this.#labelCharacters = bytes;
    this.#begin();
    this.#labels = metric;
    for (const pair of values) {
      if (isSample(pair)) this.sample(...pair);
      else this.#wrongSampleHere ??= NO_SAMPLE;
    }
    if (histograms.length > 0) this.#histograms.push(metric);
    this.#finish();
  }

  sample(seconds: number, text: string): void {
    const time = Math.round(seconds * 1000);
    const step = stepAt(this.#grid, time);
    const value = numberOf(text);
    if (step === undefined) {
      this.#wrongSampleHere ??= `a sample at ${seconds}, which is not among the times asked for`;
    } else if (value === undefined) {
      this.#wrongSampleHere ??= `${JSON.stringify(text.slice(0, 40))} is not a number`;
    } else if (Number.isFinite(value)) {
      this.block[this.start + step] = value;
    } else {
      this.#room.takeValues(NOT_FINITE_BYTES);
      this.#notFinite.push({ labels: this.#labels, time, value: text });
    }
  }

  result(): Matrix {
    if (this.#wrongShape !== undefined) throw this.#wrongShape;
    if (this.#wrongSample !== undefined) throw badReply(this.#where, this.#wrongSample);
    return {
      grid: this.#grid,
      series: this.#series,
      values: concatNumbers(this.#blocks).subarray(0, this.#series.length * this.#grid.count),
      histograms: this.#histograms,
      notFinite: this.#notFinite,
    };
  }

  /** Begins a series; or again the one that is being read and is not plain after all. */
  #begin(): void {
    if (this.#readTo === 0) {
      this.#room.takeSeries(this.#labelCharacters, this.#grid.count * 8);
      this.#beginRow();
      this.#firstNotFinite = this.#notFinite.length;
    } else {
      this.block.fill(Number.NaN, this.start, this.start + this.#grid.count);
      this.#notFinite.length = this.#firstNotFinite;
    }
    this.#wrongSampleHere = undefined;
  }

  #beginRow(): void {
    const rows = Math.ceil(BLOCK_NUMBERS / this.#grid.count);
    const rowInBlock = this.#series.length % rows;
    if (rowInBlock === 0) {
      this.block = new Float64Array(rows * this.#grid.count).fill(Number.NaN);
      this.#blocks.push(this.block);
    }
    this.start = rowInBlock * this.#grid.count;
  }

  #finish(): void {
    this.#series.push(this.#labels);
    this.#wrongSample ??= this.#wrongSampleHere;
    this.#readTo = 0;
  }
}
