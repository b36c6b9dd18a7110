import { remembered } from "../../usage/remembered.js";
import type { Aggregate, AggregateOp } from "./ast.js";
import type { Labels } from "./labels.js";
import type { Element } from "./values.js";

/** Evaluates one aggregation; remembers the group of every label set it has seen. */
export class Aggregator {
  readonly #node: Aggregate;
  readonly #groups = new Map<string, Labels>();
  readonly #groupOf = new Map<Labels, Labels>();

  constructor(node: Aggregate) {
    this.#node = node;
  }

  evaluate(elements: readonly Element[]): Element[] {
    const members = new Map<Labels, number[]>();
    for (const { labels, value } of elements) remembered(members, this.#group(labels), () => []).push(value);
    return [...members].map(([labels, values]) => ({ labels, value: combine(this.#node.op, values) }));
  }

  #group(labels: Labels): Labels {
    return remembered(this.#groupOf, labels, () => {
      const { by, labels: names } = this.#node;
      const own = by ? labels.keep(names) : labels.drop([...names, "__name__"]);
      return remembered(this.#groups, own.key, () => own);
    });
  }
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
