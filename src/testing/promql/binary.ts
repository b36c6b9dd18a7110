import { type Binary, type BinaryOp, isComparison, isSetOp, type Matching } from "./ast.js";
import { PromqlError } from "./errors.js";
import type { Labels } from "./labels.js";
import { assertDistinct, dropNames, type Element, type Value, vector } from "./values.js";

/** A binary operation on two values. */
export function binary(node: Binary, left: Value, right: Value): Value {
  const { op } = node;
  if (left.type === "vector" && right.type === "vector") {
    const combine = isSetOp(op) ? sets : oneToOne;
    return vector(combine(node, left.elements, right.elements));
  }
  if (left.type === "vector") return vector(scaled(node, left.elements, number(right), false));
  if (right.type === "vector") return vector(scaled(node, right.elements, number(left), true));
  return { type: "scalar", value: apply(op, number(left), number(right)) };
}

/** Each element against a scalar. A filter keeps the element, whichever side it is on. */
function scaled(
  { op, bool }: Binary,
  elements: readonly Element[],
  scalar: number,
  scalarIsLeft: boolean,
): readonly Element[] {
  const result = (value: number): number =>
    scalarIsLeft ? apply(op, scalar, value) : apply(op, value, scalar);
  if (isComparison(op) && !bool) return elements.filter(({ value }) => result(value) === 1);
  return dropNames(elements.map(({ labels, value }) => ({ labels, value: result(value) })));
}

function oneToOne(
  { op, bool, matching }: Binary,
  left: readonly Element[],
  right: readonly Element[],
): readonly Element[] {
  const partners = new Map<string, Element>();
  for (const element of right) {
    const signature = matchedBy(element.labels, matching).key;
    if (partners.has(signature))
      throw manyToMany(`found duplicate series for the match group ${signature} on the right hand-side`);
    partners.set(signature, element);
  }
  const filters = isComparison(op) && !bool;
  const matched = new Set<string>();
  const results: Element[] = [];
  for (const { labels, value } of left) {
    const signature = matchedBy(labels, matching).key;
    const partner = partners.get(signature);
    if (partner === undefined) continue;
    const result = apply(op, value, partner.value);
    if (filters && result === 0) continue;
    if (matched.has(signature)) throw manyToMany(`multiple matches for labels ${signature}`);
    matched.add(signature);
    results.push(
      filters
        ? { labels: selected(labels, matching), value }
        : { labels: selected(labels.withoutName(), matching), value: result },
    );
  }
  return assertDistinct(results);
}

function sets(
  { op, matching }: Binary,
  left: readonly Element[],
  right: readonly Element[],
): readonly Element[] {
  const keyOf = ({ labels }: Element): string => matchedBy(labels, matching).key;
  const [leftKeys, rightKeys] = [new Set(left.map(keyOf)), new Set(right.map(keyOf))];
  if (op === "or") return [...left, ...right.filter((element) => !leftKeys.has(keyOf(element)))];
  return left.filter((element) => rightKeys.has(keyOf(element)) === (op === "and"));
}

/** What the labels of both sides are matched by: never by the metric's name, unless it is asked for. */
function matchedBy(labels: Labels, matching: Matching): Labels {
  return selected(matching.on ? labels : labels.withoutName(), matching);
}

function selected(labels: Labels, { on, labels: names }: Matching): Labels {
  return on ? labels.keep(names) : labels.drop(names);
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
