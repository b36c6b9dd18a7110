/** A condition on a label: one of several values, or anything that is not one value. */
export interface Matcher {
  readonly label: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/**
 * A label value as a PromQL string: Go's rules, so `\`, `"` and line breaks are escaped.
 *
 * @example
 * import { quote } from "ada-carbon/prometheus";
 *
 * assert.equal(quote('say "hi"'), '"say \\"hi\\""');
 */
export function quote(value: string): string {
  const escaped = value.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  // Other control characters are legal inside a Go string; a lone surrogate cannot be sent as UTF-8 at all.
  return `"${escaped.toWellFormed()}"`;
}

/** A literal inside an RE2 expression. Only RE2's own metacharacters are escaped: it rejects escapes such as `\-`. */
export function quoteRegex(literal: string): string {
  return literal.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** The matcher for exactly these values; never a prefix or a pattern, whatever characters they hold. */
export function oneOf(label: string, values: readonly string[]): Matcher {
  const [first, ...more] = values;
  if (first !== undefined && more.length === 0) return { label, op: "=", value: first };
  return { label, op: "=~", value: values.map(quoteRegex).join("|") };
}

/** `metric{label="value",...}`. */
export function selector(metric: string, matchers: readonly Matcher[]): string {
  return `${metric}{${matchers.map(({ label, op, value }) => `${labelName(label)}${op}${quote(value)}`).join(",")}}`;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A label as PromQL wants it: names that Prometheus 3 allows and older servers did not stand in quotes. */
export function labelName(label: string): string {
  return PLAIN_NAME.test(label) ? label : quote(label);
}

/** Labels for `by (...)`. */
export function labelList(labels: readonly string[]): string {
  return labels.map(labelName).join(", ");
}
