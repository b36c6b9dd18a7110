import { remembered } from "../../usage/remembered.js";
import { type Binary, type BinaryOp, isComparison, isSetOp } from "./ast.js";
import { PromqlError } from "./errors.js";
import type { Labels } from "./labels.js";
import { assertDistinct, dropNames, type Element, type Value, vector } from "./values.js";

/** Evaluates one binary operation; remembers what every label set it has seen is matched by. */
export class BinaryOperation {
  readonly #node: Binary;
  readonly #signatures = new Map<Labels, string>();
  readonly #results = new Map<Labels, Labels>();

  constructor(node: Binary) {
    this.#node = node;
  }

  evaluate(left: Value, right: Value): Value {
    const { op } = this.#node;
    if (left.type === "vector" && right.type === "vector")
      return vector(
        isSetOp(op)
          ? this.#sets(left.elements, right.elements)
          : this.#oneToOne(left.elements, right.elements),
      );
    if (left.type === "vector") return vector(this.#scaled(left.elements, number(right), false));
    if (right.type === "vector") return vector(this.#scaled(right.elements, number(left), true));
    return { type: "scalar", value: apply(op, number(left), number(right)) };
  }

  /** Each element against a scalar. A filter keeps the element, whichever side it is on. */
  #scaled(elements: readonly Element[], scalar: number, scalarIsLeft: boolean): readonly Element[] {
    const { op, bool } = this.#node;
    const of = (value: number): number =>
      scalarIsLeft ? apply(op, scalar, value) : apply(op, value, scalar);
    if (isComparison(op) && !bool) return elements.filter(({ value }) => of(value) === 1);
    return dropNames(elements.map(({ labels, value }) => ({ labels, value: of(value) })));
  }

  #oneToOne(left: readonly Element[], right: readonly Element[]): readonly Element[] {
    const { op, bool } = this.#node;
    const partners = new Map<string, Element>();
    for (const element of right) {
      const signature = this.#signature(element.labels);
      if (partners.has(signature))
        throw manyToMany(`found duplicate series for the match group ${signature} on the right hand-side`);
      partners.set(signature, element);
    }
    const filters = isComparison(op) && !bool;
    const matched = new Set<string>();
    const results: Element[] = [];
    for (const element of left) {
      const signature = this.#signature(element.labels);
      const partner = partners.get(signature);
      if (partner === undefined) continue;
      const value = apply(op, element.value, partner.value);
      if (filters && value === 0) continue;
      if (matched.has(signature)) throw manyToMany(`multiple matches for labels ${signature}`);
      matched.add(signature);
      results.push({ labels: this.#result(element.labels, filters), value: filters ? element.value : value });
    }
    return assertDistinct(results);
  }

  #sets(left: readonly Element[], right: readonly Element[]): readonly Element[] {
    const signatures = (elements: readonly Element[]): Set<string> =>
      new Set(elements.map(({ labels }) => this.#signature(labels)));
    if (this.#node.op === "or") {
      const taken = signatures(left);
      return [...left, ...right.filter(({ labels }) => !taken.has(this.#signature(labels)))];
    }
    const others = signatures(right);
    const wanted = this.#node.op === "and";
    return left.filter(({ labels }) => others.has(this.#signature(labels)) === wanted);
  }

  #signature(labels: Labels): string {
    const { on, labels: names } = this.#node.matching;
    return remembered(
      this.#signatures,
      labels,
      () => (on ? labels.keep(names) : labels.withoutName().drop(names)).key,
    );
  }

  /** The labels of a result of one-to-one matching: those matched by, and the name if it is a filter. */
  #result(labels: Labels, keepName: boolean): Labels {
    const { on, labels: names } = this.#node.matching;
    return remembered(this.#results, labels, () => {
      const named = keepName ? labels : labels.withoutName();
      return on ? named.keep(names) : named.drop(names);
    });
  }
}

function number(value: Value): number {
  if (value.type !== "scalar") throw new PromqlError("execution", `a ${value.type} is not a number`);
  return value.value;
}

function manyToMany(what: string): PromqlError {
  return new PromqlError("execution", `${what}; many-to-many matching not allowed`);
}

/** Comparisons give 0 or 1. */
function apply(op: BinaryOp, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case ">":
      return Number(a > b);
    case "<":
      return Number(a < b);
    case ">=":
      return Number(a >= b);
    case "<=":
      return Number(a <= b);
    case "and":
    case "or":
    case "unless":
      throw new PromqlError("execution", `${op} is not arithmetic`);
  }
}
