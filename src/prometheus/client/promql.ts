import { assertArgument, LIST, TEXT, TEXTS } from "../../usage/options.js";

/** A condition on a label: one of several values, or anything that is not one value. */
export interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** What can neither stand in YAML nor be seen: control characters, other line breaks, and what is no character. */
const HIDDEN = /[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]/gu;

/**
 * A label value as a PromQL string: Go's rules, so `\`, `"`, line breaks and control characters are escaped.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { quote } from "ada-carbon/prometheus";
 *
 * assert.equal(quote('say "hi"'), '"say \\"hi\\""');
 */
export function quote(value: string): string {
  assertArgument("quote", "value", value, TEXT);
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  const printed = escaped.replace(
    HIDDEN,
    (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  // A lone surrogate cannot be sent as UTF-8 at all.
  return `"${printed.toWellFormed()}"`;
}

/** A literal inside an RE2 expression. Only RE2's own metacharacters are escaped: it rejects escapes such as `\-`. */
export function quoteRegex(literal: string): string {
  assertArgument("quoteRegex", "literal", literal, TEXT);
  return literal.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** The matcher for exactly these values; never a prefix or a pattern, whatever characters they hold. */
export function oneOf(label: string, values: readonly string[]): Matcher {
  assertArgument("oneOf", "label", label, TEXT);
  assertArgument("oneOf", "values", values, TEXTS);
  const [first, ...more] = values;
  if (first !== undefined && more.length === 0) return { label, op: "=", value: first };
  return { label, op: "=~", value: values.map(quoteRegex).join("|") };
}

/** `metric{label="value",...}`; a metric whose name only Prometheus 3 allows stands in quotes within the braces. */
export function selector(metric: string, matchers: readonly Matcher[]): string {
  assertArgument("selector", "metric", metric, TEXT);
  assertArgument("selector", "matchers", matchers, LIST);
  const conditions = matchers.map(({ label, op, value }) => `${labelName(label)}${op}${quote(value)}`);
  if (metric === "" || PLAIN_METRIC.test(metric)) return `${metric}{${conditions.join(",")}}`;
  return `{${[quote(metric), ...conditions].join(",")}}`;
}

const PLAIN_METRIC = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A label as PromQL wants it: names that Prometheus 3 allows and older servers did not stand in quotes. */
export function labelName(label: string): string {
  return PLAIN_NAME.test(label) ? label : quote(label);
}

/** `by (...)`. */
export function byLabels(labels: readonly string[]): string {
  return `by ${labelList(labels)}`;
}

/** `on (...)`. */
export function onLabels(labels: readonly string[]): string {
  return `on ${labelList(labels)}`;
}

function labelList(labels: readonly string[]): string {
  return `(${labels.map(labelName).join(", ")})`;
}
