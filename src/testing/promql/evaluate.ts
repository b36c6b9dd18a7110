import { remembered } from "../../usage/remembered.js";
import { aggregate } from "./aggregate.js";
import type { Call, Expr, RangeSelector, Selector, Subquery } from "./ast.js";
import { binary } from "./binary.js";
import { unsupported } from "./errors.js";
import { labelReplace } from "./label-replace.js";
import { Labels } from "./labels.js";
import type { Matcher } from "./matchers.js";
import { RANGE_FUNCTIONS } from "./range-functions.js";
import type { Series, Storage, Window } from "./storage.js";
import { dropNames, type Element, type Value, vector } from "./values.js";

/** How far back an instant selector looks for a sample: Prometheus's default. */
const LOOKBACK_MS = 300_000;

/** The samples of one series in a range [from, to]. */
export interface RangeElement {
  readonly labels: Labels;
  readonly window: Window;
}

interface RangeVector {
  readonly from: number;
  readonly to: number;
  readonly elements: readonly RangeElement[];
}

/** Evaluates one parsed query at any number of instants, in UTC milliseconds. */
export class Evaluator {
  readonly #storage: Storage;
  readonly #selected = new Map<readonly Matcher[], readonly Series[]>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  at(expr: Expr, instant: number): Value {
    switch (expr.kind) {
      case "number":
        return { type: "scalar", value: expr.value };
      case "string":
        return { type: "string", value: expr.value };
      case "selector":
        return vector(this.#instant(expr, instant, (sample) => sample.value()));
      case "call":
        return this.#call(expr, instant);
      case "aggregate":
        return vector(aggregate(expr, this.#elements(expr.expr, instant)));
      case "binary":
        return binary(expr, this.at(expr.left, instant), this.at(expr.right, instant));
      case "negation":
        return negate(this.at(expr.expr, instant));
      case "range":
      case "subquery":
        throw unsupported("a range vector here");
    }
  }

  /** A range vector; one element for each series that has samples in the range. */
  range(expr: RangeSelector | Subquery, instant: number): RangeVector {
    const to = instant - (expr.offsetMs ?? 0);
    const from = to - expr.rangeMs;
    const elements =
      expr.kind === "range"
        ? this.#select(expr.matchers).map((series) => ({
            labels: series.labels,
            window: series.window(from, to),
          }))
        : this.#subquery(expr, from, to);
    return { from, to, elements: elements.filter(({ window }) => window.length > 0) };
  }

  /** The inner expression at every multiple of the step in [from, to]. */
  #subquery(expr: Subquery, from: number, to: number): RangeElement[] {
    const points = new Map<string, { labels: Labels; times: number[]; values: number[] }>();
    for (let t = Math.ceil(from / expr.stepMs) * expr.stepMs; t <= to; t += expr.stepMs) {
      for (const { labels, value } of this.#elements(expr.expr, t)) {
        const series = remembered(points, labels.key, () => ({ labels, times: [], values: [] }));
        series.times.push(t);
        series.values.push(value);
      }
    }
    return [...points.values()].map(({ labels, times, values }) => ({
      labels,
      window: {
        length: times.length,
        time: (i) => times[i] ?? Number.NaN,
        value: (i) => values[i] ?? Number.NaN,
      },
    }));
  }

  #call(call: Call, instant: number): Value {
    const [argument] = call.args;
    if (call.name === "time") return { type: "scalar", value: instant / 1000 };
    if (argument === undefined) throw unsupported(call.name);
    if (call.name === "vector") {
      const scalar = this.at(argument, instant);
      return scalar.type === "scalar" ? vector([{ labels: Labels.none, value: scalar.value }]) : scalar;
    }
    if (call.name === "timestamp") return vector(dropNames(this.#timestamps(argument, instant)));
    if (call.name === "label_replace") return vector(labelReplace(call, this.#elements(argument, instant)));
    if (argument.kind !== "range" && argument.kind !== "subquery") throw unsupported(call.name);
    return vector(this.#overRange(call.name, argument, instant));
  }

  #overRange(name: string, argument: RangeSelector | Subquery, instant: number): readonly Element[] {
    const of = RANGE_FUNCTIONS.get(name);
    if (of === undefined) throw unsupported(`the function ${name}`);
    const { from, to, elements } = this.range(argument, instant);
    const results: Element[] = [];
    for (const { labels, window } of elements) {
      const value = of(window, from, to);
      if (value !== undefined) results.push({ labels, value });
    }
    // Alone among them, last_over_time gives back a sample, and with it the metric's name.
    return name === "last_over_time" ? results : dropNames(results);
  }

  /** Of a bare selector the times of its samples; of anything else the instant itself. In seconds. */
  #timestamps(expr: Expr, instant: number): readonly Element[] {
    if (expr.kind === "selector") return this.#instant(expr, instant, (sample) => sample.time / 1000);
    return this.#elements(expr, instant).map(({ labels }) => ({ labels, value: instant / 1000 }));
  }

  #instant(
    { matchers, offsetMs = 0 }: Selector,
    instant: number,
    of: (sample: { time: number; value(): number }) => number,
  ): Element[] {
    const at = instant - offsetMs;
    const elements: Element[] = [];
    for (const series of this.#select(matchers)) {
      const sample = series.latest(at);
      if (sample !== undefined && sample.time >= at - LOOKBACK_MS)
        elements.push({ labels: series.labels, value: of(sample) });
    }
    return elements;
  }

  #elements(expr: Expr, instant: number): readonly Element[] {
    const value = this.at(expr, instant);
    return value.type === "vector" ? value.elements : [];
  }

  #select(matchers: readonly Matcher[]): readonly Series[] {
    return remembered(this.#selected, matchers, () => this.#storage.select(matchers));
  }
}

function negate(value: Value): Value {
  if (value.type === "scalar") return { type: "scalar", value: -value.value };
  if (value.type === "string") return value;
  return vector(dropNames(value.elements.map((element) => ({ ...element, value: -element.value }))));
}
