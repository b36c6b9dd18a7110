import { type Binary, type Call, type Expr, isComparison, isSetOp } from "./ast.js";
import { badQuery, unsupported } from "./errors.js";
import { RANGE_FUNCTIONS } from "./range-functions.js";

export type ValueType = "scalar" | "string" | "instant vector" | "range vector";

interface Signature {
  readonly args: readonly ValueType[];
  readonly returns: ValueType;
}

const overRange: Signature = { args: ["range vector"], returns: "instant vector" };

/** The functions of the subset. */
export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ...Array.from(RANGE_FUNCTIONS.keys(), (name): [string, Signature] => [name, overRange]),
  ["timestamp", { args: ["instant vector"], returns: "instant vector" }],
  ["time", { args: [], returns: "scalar" }],
  ["vector", { args: ["scalar"], returns: "instant vector" }],
  [
    "label_replace",
    { args: ["instant vector", "string", "string", "string", "string"], returns: "instant vector" },
  ],
]);

/** The type of an expression whose parts have been checked. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregate":
      return "instant vector";
    case "range":
    case "subquery":
      return "range vector";
    case "call":
      return FUNCTIONS.get(expr.name)?.returns ?? "instant vector";
    case "negation":
      return typeOf(expr.expr);
    case "binary":
      return typeOf(expr.left) === "scalar" && typeOf(expr.right) === "scalar" ? "scalar" : "instant vector";
  }
}

/** Refuses a call with the wrong number or types of arguments. */
export function checkCall(call: Call): Call {
  const wanted = FUNCTIONS.get(call.name);
  if (wanted === undefined) throw unsupported(`the function ${call.name}`);
  if (call.args.length !== wanted.args.length)
    throw badQuery(
      `expected ${wanted.args.length} argument(s) in call to "${call.name}", got ${call.args.length}`,
    );
  call.args.forEach((arg, i) => {
    expectType(arg, wanted.args[i] ?? "instant vector", `call to function "${call.name}"`);
  });
  return call;
}

export function expectType(expr: Expr, wanted: ValueType, where: string): void {
  const got = typeOf(expr);
  if (got !== wanted) throw badQuery(`expected type ${wanted} in ${where}, got ${got}`);
}

/** Refuses operands that an operator cannot take. */
export function checkBinary(binary: Binary): Binary {
  const sides = [typeOf(binary.left), typeOf(binary.right)];
  if (sides.some((type) => type !== "scalar" && type !== "instant vector"))
    throw badQuery("binary expression must contain only scalar and instant vector types");
  const scalars = sides.filter((type) => type === "scalar").length;
  if (isComparison(binary.op) ? scalars === 2 && !binary.bool : binary.bool)
    throw badQuery(
      binary.bool
        ? "bool modifier can only be used on comparison operators"
        : "comparisons between scalars must use BOOL modifier",
    );
  if (isSetOp(binary.op) && scalars > 0)
    throw badQuery(`set operator "${binary.op}" not allowed in binary scalar expression`);
  if (scalars > 0 && (binary.matching.on || binary.matching.labels.length > 0))
    throw badQuery("vector matching only allowed between instant vectors");
  return binary;
}
