import type { Matrix, StepGrid } from "../matrix.js";
import { badReply, openEnvelope, type PrometheusReply, wrongShape } from "../reply.js";
import { byteAt, CLOSE_ARRAY, CLOSE_OBJECT, COMMA } from "./bytes.js";
import type { Interner } from "./interner.js";
import { LabelLane, setLabel } from "./label-lane.js";
import { literal } from "./literal.js";
import { SampleLane } from "./sample-lane.js";
import type { JsonSink, Kind, Stride, Wish } from "./scanner.js";
import { SeriesReader } from "./series.js";
import { type Misshape, misshape } from "./shape.js";

/** Which of the entered objects and arrays the scanner is in. */
type Place =
  | "outside"
  | "envelope"
  | "data"
  | "result"
  | "series"
  | "metric"
  | "values"
  | "sample"
  | "histograms";

const AROUND: Readonly<Record<Place, Place>> = {
  outside: "outside",
  envelope: "outside",
  data: "envelope",
  result: "data",
  series: "result",
  metric: "series",
  values: "series",
  sample: "values",
  histograms: "series",
};

/** Members of the envelope that are small, and read as any reply's are. */
const SMALL = new Set(["status", "error", "errorType", "warnings", "infos", "isPartial"]);

// A series as Prometheus writes it, around its labels and samples.
const METRIC = literal('{"metric":');
const VALUES = literal(',"values":[');

/** Understands a range reply, in whatever order its members come; of members with the same name the last counts. */
export class RangeSink implements JsonSink {
  readonly #where: string;
  readonly #series: SeriesReader;
  readonly #samples: SampleLane;
  readonly #labelLane: LabelLane;
  #place: Place = "outside";
  strodeTo: Stride = "after";
  #key = "";

  // What came of the envelope and of `data`.
  #envelope: Record<string, unknown> | undefined;
  #data: Kind | "undefined" = "undefined";
  #resultType: unknown;
  #result: Kind | "undefined" = "undefined";

  // What came of the labels and of the sample being read.
  #labels: Record<string, string> = {};
  readonly #wrongLabels: Map<string, Kind> = new Map();
  #elements = 0;
  #seconds: number | undefined;
  #text: string | undefined;

  constructor(grid: StepGrid, where: string, strings: Interner) {
    this.#where = where;
    this.#series = new SeriesReader(grid, where);
    this.#samples = new SampleLane(grid);
    this.#labelLane = new LabelLane(strings);
  }

  /** The reply is at its end. */
  finish(): PrometheusReply<Matrix> {
    const { warnings } = openEnvelope(this.#envelope, this.#where);
    const wrong = this.#misshape();
    if (wrong !== undefined) throw wrongShape(this.#where, wrong.path, wrong.message);
    if (this.#series.badSample !== undefined) throw badReply(this.#where, this.#series.badSample);
    return { data: this.#series.take(), warnings };
  }

  key(name: string): void {
    this.#key = name;
  }

  stride(bytes: Uint8Array, words: DataView, from: number): number {
    this.strodeTo = "after";
    if (this.#place === "values") return this.#samples.run(bytes, words, from, this.#series);
    if (this.#place === "result") return this.#wholeSeries(bytes, words, from);
    if (this.#place !== "series" || this.#key !== "metric") return from;
    const end = this.#labelLane.run(bytes, words, from);
    if (end > from) this.#series.setLabels(this.#labelLane.labels);
    return end;
  }

  /** Series that are as Prometheus writes them, and the beginning of one that is so up to its values. */
  #wholeSeries(bytes: Uint8Array, words: DataView, from: number): number {
    let done = from;
    let p = from;
    for (;;) {
      const start = this.#beginSeries(bytes, words, p);
      if (start < 0) return done;
      const end = this.#samples.run(bytes, words, start, this.#series);
      if (byteAt(bytes, end) !== CLOSE_ARRAY || byteAt(bytes, end + 1) !== CLOSE_OBJECT) {
        this.#place = "values";
        this.strodeTo = end === start ? "array-start" : "array-after";
        return end;
      }
      this.#series.finish();
      done = end + 2;
      if (byteAt(bytes, done) !== COMMA) return done;
      p = done + 1;
    }
  }

  /** Where the samples of the series at `from` start, or -1. */
  #beginSeries(bytes: Uint8Array, words: DataView, from: number): number {
    if (!METRIC.isAt(words, from)) return -1;
    const labels = from + METRIC.length;
    const end = this.#labelLane.run(bytes, words, labels);
    if (end === labels || !VALUES.isAt(words, end)) return -1;
    this.#series.begin();
    this.#series.setLabels(this.#labelLane.labels);
    this.#series.beginValues("array");
    this.#samples.begin();
    return end + VALUES.length;
  }

  value(kind: Kind): Wish {
    switch (this.#place) {
      case "outside":
        if (kind === "object") this.#envelope = {};
        return this.#enterIf(kind === "object", "envelope");
      case "envelope":
        return this.#key === "data" ? this.#beginData(kind) : SMALL.has(this.#key) ? "take" : "skip";
      case "data":
        return this.#key === "result"
          ? this.#beginResult(kind)
          : this.#key === "resultType"
            ? "take"
            : "skip";
      case "result":
        if (kind === "object") this.#series.begin();
        else this.#series.notSeries(kind);
        return this.#enterIf(kind === "object", "series");
      case "series":
        return this.#beginMember(kind);
      case "metric":
        if (kind === "string") return "take";
        this.#wrongLabels.set(this.#key, kind);
        return "skip";
      case "values":
        return this.#beginSample(kind);
      case "sample":
        return this.#beginElement(kind);
      case "histograms":
        this.#series.addHistogram();
        return "skip";
    }
  }

  taken(value: unknown): void {
    if (this.#place === "sample") {
      if (typeof value === "number") this.#seconds = value;
      else if (typeof value === "string") this.#text = value;
    } else if (this.#place === "metric") {
      setLabel(this.#labels, this.#key, String(value));
      this.#wrongLabels.delete(this.#key);
    } else if (this.#place === "data") {
      this.#resultType = value;
    } else if (this.#envelope !== undefined) {
      this.#envelope[this.#key] = value;
    }
  }

  close(): void {
    if (this.#place === "sample") this.#endSample();
    else if (this.#place === "metric") this.#endMetric();
    else if (this.#place === "series") this.#series.finish();
    this.#place = AROUND[this.#place];
  }

  #enterIf(can: boolean, place: Place): Wish {
    if (!can) return "skip";
    this.#place = place;
    return "enter";
  }

  #beginData(kind: Kind): Wish {
    this.#data = kind;
    this.#resultType = undefined;
    this.#result = "undefined";
    this.#series.reset();
    return this.#enterIf(kind === "object", "data");
  }

  #beginResult(kind: Kind): Wish {
    this.#result = kind;
    this.#series.reset();
    return this.#enterIf(kind === "array", "result");
  }

  #beginMember(kind: Kind): Wish {
    if (this.#key === "values") {
      this.#samples.begin();
      this.#series.beginValues(kind);
      return this.#enterIf(kind === "array", "values");
    }
    if (this.#key === "histograms") {
      this.#series.beginHistograms(kind);
      return this.#enterIf(kind === "array", "histograms");
    }
    if (this.#key !== "metric") return "skip";
    this.#labels = {};
    this.#wrongLabels.clear();
    if (kind !== "object") this.#series.wrongMetric(kind);
    return this.#enterIf(kind === "object", "metric");
  }

  #endMetric(): void {
    this.#series.setLabels(this.#labels);
    this.#wrongLabels.delete("__proto__");
    for (const [label, kind] of this.#wrongLabels) {
      this.#series.wrongMetric(kind, label);
      return;
    }
  }

  #beginSample(kind: Kind): Wish {
    this.#elements = 0;
    this.#seconds = undefined;
    this.#text = undefined;
    if (kind !== "array") this.#endSample();
    return this.#enterIf(kind === "array", "sample");
  }

  /** The first two elements count. */
  #beginElement(kind: Kind): Wish {
    const expected = this.#elements === 0 ? "number" : this.#elements === 1 ? "string" : undefined;
    this.#elements++;
    return kind === expected ? "take" : "skip";
  }

  #endSample(): void {
    if (this.#seconds === undefined || this.#text === undefined) {
      this.#series.wrongSample("a sample is not a pair of time and value");
    } else {
      this.#series.odd(this.#seconds, this.#text);
    }
  }

  #misshape(): Misshape | undefined {
    if (this.#data !== "object") return misshape("", "object", this.#data);
    if (this.#resultType !== "matrix")
      return { path: "resultType", message: 'Invalid input: expected "matrix"' };
    if (this.#result !== "array") return misshape("result", "array", this.#result);
    return this.#series.misshape;
  }
}
