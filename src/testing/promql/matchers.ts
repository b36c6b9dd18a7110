import { remembered } from "../../usage/remembered.js";
import { compileRegex } from "./regex.js";

export type MatchOp = "=" | "!=" | "=~" | "!~";

/** One condition on one label. A label that is not there has the value "". */
export interface Matcher {
  readonly name: string;
  test(value: string): boolean;
}

export function createMatcher(name: string, op: MatchOp, value: string): Matcher {
  return { name, test: condition(op, value) };
}

function condition(op: MatchOp, value: string): (value: string) => boolean {
  if (op === "=") return (other) => other === value;
  if (op === "!=") return (other) => other !== value;
  const regex = compileRegex(value);
  // A selector tests the same few values for thousands of series.
  const known = new Map<string, boolean>();
  return (other) => remembered(known, other, () => regex.test(other) === (op === "=~"));
}
