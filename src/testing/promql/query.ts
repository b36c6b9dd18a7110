import { remembered } from "../../usage/remembered.js";
import { badQuery } from "./errors.js";
import { Evaluator } from "./evaluate.js";
import { Labels } from "./labels.js";
import { parseQuery } from "./parser.js";
import type { Storage } from "./storage.js";
import { typeOf } from "./types.js";
import type { Element } from "./values.js";

/** A sample as Prometheus's HTTP API writes it: Unix seconds, and the value as a string. */
export type Point = readonly [seconds: number, value: string];

type Metric = Readonly<Record<string, string>>;

/** The `data` member of a reply to `query` or `query_range`. */
export type QueryData =
  | { readonly resultType: "scalar" | "string"; readonly result: Point }
  | { readonly resultType: "vector"; readonly result: readonly { metric: Metric; value: Point }[] }
  | { readonly resultType: "matrix"; readonly result: readonly { metric: Metric; values: Point[] }[] };

/** Points of a series in one range query; one more passes, since both ends are inclusive. */
const MAX_STEPS = 11_000;

/** Evaluates `text` at one instant, UTC milliseconds. */
export function instantQuery(storage: Storage, text: string, at: number): QueryData {
  const expr = parseQuery(text);
  const evaluator = new Evaluator(storage);
  if (expr.kind === "range" || expr.kind === "subquery") {
    const { elements } = evaluator.range(expr, at);
    const result = elements.map(({ labels, window }) => ({
      metric: labels.toJSON(),
      values: Array.from({ length: window.length }, (_, i) => point(window.time(i), window.value(i))),
    }));
    return { resultType: "matrix", result };
  }
  const value = evaluator.at(expr, at);
  if (value.type === "string") return { resultType: "string", result: [at / 1000, value.value] };
  if (value.type === "scalar") return { resultType: "scalar", result: point(at, value.value) };
  const result = value.elements.map((element) => ({
    metric: element.labels.toJSON(),
    value: point(at, element.value),
  }));
  return { resultType: "vector", result };
}

/** Evaluates `text` at `start`, `start + step`, ... up to and including `end`, all in milliseconds. */
export function rangeQuery(
  storage: Storage,
  text: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
): QueryData {
  if (end < start) throw badQuery('invalid parameter "end": end timestamp must not be before start time');
  if (!(step > 0))
    throw badQuery(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  if ((end - start) / step > MAX_STEPS)
    throw badQuery(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  const expr = parseQuery(text);
  const type = typeOf(expr);
  if (type === "string" || type === "range vector")
    throw badQuery(
      `invalid parameter "query": invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
    );

  const evaluator = new Evaluator(storage);
  const series = new Map<string, { labels: Labels | undefined; values: Point[] }>();
  const add = (labels: Labels | undefined, t: number, value: number): void => {
    remembered(series, labels?.key ?? "", () => ({ labels, values: [] })).values.push(point(t, value));
  };
  for (let t = start; t <= end; t += step) {
    const value = evaluator.at(expr, t);
    if (value.type === "scalar") add(undefined, t, value.value);
    else if (value.type === "vector")
      value.elements.forEach(({ labels, value: v }: Element) => {
        add(labels, t, v);
      });
  }
  const result = [...series.values()]
    .sort((a, b) => (a.labels ?? Labels.none).compare(b.labels ?? Labels.none))
    .map(({ labels, values }) => ({ metric: labels?.toJSON() ?? {}, values }));
  return { resultType: "matrix", result };
}

function point(ms: number, value: number): Point {
  return [ms / 1000, formatValue(value)];
}

/** `NaN`, `+Inf` and `-Inf` as Prometheus spells them. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}
