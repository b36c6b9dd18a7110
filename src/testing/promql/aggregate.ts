import { remembered } from "../../usage/remembered.js";
import type { Aggregate, AggregateOp } from "./ast.js";
import type { Labels } from "./labels.js";
import type { Element } from "./values.js";

/** One value for each group of elements. */
export function aggregate({ op, by, labels: names }: Aggregate, elements: readonly Element[]): Element[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of elements) {
    const group = by ? labels.keep(names) : labels.withoutName().drop(names);
    remembered(groups, group.key, () => ({ labels: group, values: [] })).values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: combine(op, values) }));
}

/** Of a group, which has at least one member. NaN loses against any number in min and max. */
function combine(op: AggregateOp, values: readonly number[]): number {
  const sum = (): number => values.reduce((total, value) => total + value);
  switch (op) {
    case "sum":
      return sum();
    case "avg":
      return sum() / values.length;
    case "count":
      return values.length;
    case "group":
      return 1;
    case "min":
      return values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least));
    case "max":
      return values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most));
  }
}
