import type { Matcher } from "./matchers.js";

export const COMPARISONS = ["==", "!=", ">", "<", ">=", "<="] as const;
export const AGGREGATIONS = ["sum", "min", "max", "count", "avg", "group"] as const;

type ComparisonOp = (typeof COMPARISONS)[number];
type SetOp = "and" | "or" | "unless";
export type BinaryOp = "+" | "-" | "*" | "/" | ComparisonOp | SetOp;
export type AggregateOp = (typeof AGGREGATIONS)[number];

interface NumberLiteral {
  readonly kind: "number";
  readonly value: number;
}

interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
}

/** `metric{label="value"} offset 5m` */
export interface Selector {
  readonly kind: "selector";
  readonly matchers: readonly Matcher[];
  readonly offsetMs?: number;
}

/** `selector[1h] offset 5m` */
export interface RangeSelector {
  readonly kind: "range";
  readonly matchers: readonly Matcher[];
  readonly rangeMs: number;
  readonly offsetMs?: number;
}

/** `expr[1h:1m] offset 5m` */
export interface Subquery {
  readonly kind: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly stepMs: number;
  readonly offsetMs?: number;
}

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expr[];
}

/** `op by (labels) (expr)`, or `without` where `by` is false. */
export interface Aggregate {
  readonly kind: "aggregate";
  readonly op: AggregateOp;
  readonly by: boolean;
  readonly labels: readonly string[];
  readonly expr: Expr;
}

/** Which labels two sides are matched by: only these (`on`), or all but these. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
}

export interface Binary {
  readonly kind: "binary";
  readonly op: BinaryOp;
  /** A comparison that gives 0 or 1 instead of filtering. */
  readonly bool: boolean;
  readonly matching: Matching;
  readonly left: Expr;
  readonly right: Expr;
}

interface Negation {
  readonly kind: "negation";
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | Selector
  | RangeSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Negation;

export function isComparison(op: BinaryOp): op is ComparisonOp {
  return COMPARISONS.some((comparison) => comparison === op);
}

export function isSetOp(op: BinaryOp): op is SetOp {
  return op === "and" || op === "or" || op === "unless";
}
