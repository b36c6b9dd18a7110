import { badInput } from "../usage/errors.js";
import type { Interval } from "../usage/hour.js";
import { assertArgument, LIST, OBJECT, type Rule, TEXT } from "../usage/options.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope, type ScopeKind } from "../usage/scope.js";
import { shown } from "../usage/shown.js";

/**
 * Refuses (code `bad-input`) what no store may take as a name: the empty text, and text that is not Unicode,
 * since a lone surrogate becomes another character on the way to a disk or a database.
 *
 * @param what Says what it would be the name of, for the message.
 */
export function assertName(name: string, what: string): void {
  assertArgument("a store", what, name, TEXT);
  if (name === "") throw badInput(`${what} is empty; it cannot be stored`);
  if (!name.isWellFormed()) {
    throw badInput(`${what} ${JSON.stringify(name)} is not valid Unicode; it cannot be stored`);
  }
}

/** Refuses (code `bad-input`) a kind of scope that there is not: a store would find nothing of it. */
export function assertKind(kind: ScopeKind): void {
  if (SCOPE_KINDS.includes(kind)) return;
  throw badInput(`${shown(kind)} is not a kind of scope; there are ${SCOPE_KINDS.join(", ")}`);
}

/**
 * Refuses (code `bad-input`) an interval whose ends are no numbers, such as dates and texts: a store would find nothing
 * in it. An empty one is fine, and so is one without end.
 */
export function assertMilliseconds(interval: Interval): void {
  assertArgument("a store", "the interval", interval, OBJECT);
  for (const end of ["from", "to"] as const)
    assertArgument("a store", `the interval's ${end}`, interval[end], MILLISECONDS);
}

const MILLISECONDS: Rule = {
  allowed: "a number of UTC milliseconds",
  holds: (value) => typeof value === "number" && !Number.isNaN(value),
};

/** Refuses (code `bad-input`) what is no list, before a store looks at what is in it. */
export function assertList(values: readonly unknown[], what: string): void {
  assertArgument("a store", what, values, LIST);
}

/** Refuses (code `bad-input`) a scope that cannot be: by its kind, by its name, or of kind `ada` with another name. */
export function assertScope(scope: Scope): void {
  assertArgument("a store", "the scope", scope, OBJECT);
  assertKind(scope.kind);
  if (scope.kind === "ada" && scope.name !== ADA.name) {
    throw badInput(`the scope of kind ada is named ada, not ${formatScope(scope)}`);
  }
  assertName(scope.name, `the name of a ${scope.kind}`);
}
