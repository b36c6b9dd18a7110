import { type Matcher, selector } from "../client/promql.js";
import type { LabelNames } from "../client/queries.js";
import type { RuleOptions } from "./options.js";

// What the expressions of all rules have in common: the series they read and the labels they tell hosts apart by.

/** What an expression has to know of the options. */
export type RuleSeries = Pick<RuleOptions, "labels" | "matchers" | "scrapeSeconds">;

/**
 * The value that an expression has at the last full hour: a subquery with a step of an hour is evaluated at
 * full hours, whenever the rule is.
 */
export function atFullHour(expression: string): string {
  return `last_over_time((${expression})[1h:1h])`;
}

/** All labels that a host has. Where one of them changes, it goes on as another one. */
export function hostLabels({ labels }: { readonly labels: LabelNames }): string[] {
  return [...ownerLabels({ labels }), labels.instance];
}

/** What a machine is known by: two networks may use one address, so its project belongs to it. */
export function machineLabels({ labels }: { readonly labels: LabelNames }): string[] {
  return [labels.project, labels.instance];
}

export function ownerLabels({ labels }: { readonly labels: LabelNames }): string[] {
  return [labels.project, labels.machine, labels.user];
}

/** The series of node_exporter that have a project at all. */
export function select(
  metric: string,
  { labels, matchers }: Pick<RuleSeries, "labels" | "matchers">,
  ...more: Matcher[]
): string {
  return selector(metric, [{ label: labels.project, op: "!=", value: "" }, ...more, ...matchers]);
}
