import { type Matcher, selector } from "../client/promql.js";
import type { RuleOptions } from "./options.js";

// What the expressions of all rules have in common: the series they read.

/** What an expression has to know of the options. */
export type RuleSeries = Pick<RuleOptions, "labels" | "matchers" | "scrapeSeconds">;

/**
 * The value that an expression has at the last full hour: a subquery with a step of an hour is evaluated at
 * full hours, whenever the rule is.
 */
export function atFullHour(expression: string): string {
  return `last_over_time((${expression})[1h:1h])`;
}

/** The series of node_exporter that have a project at all. */
export function select(
  metric: string,
  { labels, matchers }: Pick<RuleSeries, "labels" | "matchers">,
  ...more: Matcher[]
): string {
  return selector(metric, [{ label: labels.project, op: "!=", value: "" }, ...more, ...matchers]);
}
