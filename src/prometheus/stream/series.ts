import { type Labels, type Matrix, numberOf, type StepGrid } from "../matrix.js";
import { Columns } from "./columns.js";
import type { SampleSink } from "./sample-lane.js";
import type { Kind } from "./scanner.js";
import { type Misshape, misshape } from "./shape.js";
import { stepAt } from "./times.js";

interface NotFinite {
  labels: Labels;
  readonly time: number;
  readonly value: string;
}

/**
 * The series of a reply while they are read. A member may come again, and then the last one counts: whatever
 * was wrong with the one before is forgotten with it. So nothing is thrown before the reply is at its end.
 */
export class SeriesReader implements SampleSink {
  readonly #grid: StepGrid;
  readonly #columns: Columns;
  #series: Labels[] = [];
  #histograms: Labels[] = [];
  #notFinite: NotFinite[] = [];
  /** The first thing wrong in the series that are done. */
  #misshape: Misshape | undefined;
  #badSample: string | undefined;

  // The series being read.
  #labels: Labels | undefined;
  #wrongMetric: Misshape | undefined;
  #wrongValues: Misshape | undefined;
  #wrongHistograms: Misshape | undefined;
  #wrongSample: string | undefined;
  #hasValues = false;
  #histogramCount = 0;
  /** Where its entries in `#notFinite` start. */
  #firstNotFinite = 0;

  constructor(grid: StepGrid, where: string) {
    this.#grid = grid;
    this.#columns = new Columns(grid.count, where);
  }

  get block(): Float64Array {
    return this.#columns.block;
  }

  get start(): number {
    return this.#columns.start;
  }

  get misshape(): Misshape | undefined {
    return this.#misshape;
  }

  /** What is wrong with a sample, if anything is. */
  get badSample(): string | undefined {
    return this.#badSample;
  }

  /** Forgets everything: the result comes again. */
  reset(): void {
    this.#columns.reset();
    this.#series = [];
    this.#histograms = [];
    this.#notFinite = [];
    this.#misshape = undefined;
    this.#badSample = undefined;
  }

  begin(): void {
    this.#columns.begin();
    this.#labels = undefined;
    this.#wrongMetric = undefined;
    this.#wrongValues = undefined;
    this.#wrongHistograms = undefined;
    this.#wrongSample = undefined;
    this.#hasValues = false;
    this.#histogramCount = 0;
    this.#firstNotFinite = this.#notFinite.length;
  }

  setLabels(labels: Labels): void {
    this.#labels = labels;
    this.#wrongMetric = undefined;
  }

  /** Something that is no string stands for a label; or for all of them, when no name is given. */
  wrongMetric(kind: Kind, label?: string): void {
    this.#wrongMetric =
      label === undefined
        ? misshape(this.#path("metric"), "record", kind)
        : misshape(this.#path(`metric.${label}`), "string", kind);
  }

  beginValues(kind: Kind): void {
    if (this.#hasValues) {
      this.#columns.clear();
      this.#notFinite.length = this.#firstNotFinite;
      this.#wrongSample = undefined;
    }
    this.#hasValues = true;
    this.#wrongValues = this.#notArray(kind, "values");
  }

  beginHistograms(kind: Kind): void {
    this.#histogramCount = 0;
    this.#wrongHistograms = this.#notArray(kind, "histograms");
  }

  addHistogram(): void {
    this.#histogramCount++;
  }

  /** A sample. Finite numbers go to the row, the last one of a time wins. */
  odd(seconds: number, text: string): void {
    const time = Math.round(seconds * 1000);
    const step = stepAt(this.#grid, time);
    if (step === undefined) {
      this.wrongSample(`a sample at ${seconds}, which is not among the times asked for`);
      return;
    }
    const value = numberOf(text);
    if (value === undefined) this.wrongSample(`${JSON.stringify(text.slice(0, 40))} is not a number`);
    else if (Number.isFinite(value)) this.block[this.start + step] = value;
    else this.#notFinite.push({ labels: {}, time, value: text });
  }

  wrongSample(what: string): void {
    this.#wrongSample ??= what;
  }

  finish(): void {
    if (this.#labels === undefined)
      this.#wrongMetric ??= misshape(this.#path("metric"), "record", "undefined");
    const labels = this.#labels ?? {};
    if (this.#histogramCount > 0) this.#histograms.push(labels);
    for (let i = this.#firstNotFinite; i < this.#notFinite.length; i++) {
      const sample = this.#notFinite[i];
      if (sample !== undefined) sample.labels = labels;
    }
    this.#series.push(labels);
    this.#misshape ??= this.#wrongMetric ?? this.#wrongValues ?? this.#wrongHistograms;
    this.#badSample ??= this.#wrongSample;
  }

  /** An element of the result that is no object. */
  notSeries(kind: Kind): void {
    this.#misshape ??= misshape(`result.${this.#series.length}`, "object", kind);
    this.#series.push({});
  }

  take(): Matrix {
    return {
      grid: this.#grid,
      series: this.#series,
      values: this.#columns.take(),
      histograms: this.#histograms,
      notFinite: this.#notFinite,
    };
  }

  #notArray(kind: Kind, member: string): Misshape | undefined {
    return kind === "array" ? undefined : { path: this.#path(member), message: "expected an array" };
  }

  #path(member: string): string {
    return `result.${this.#series.length}.${member}`;
  }
}
