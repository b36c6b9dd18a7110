import { AdaCarbonError } from "../usage/errors.js";
import { assertArgument, OBJECT, TEXT } from "../usage/options.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import { shown } from "../usage/shown.js";

/**
 * Refuses (code `bad-input`) what no store may take as a name: the empty text, and text that is not Unicode,
 * since a lone surrogate becomes another character on the way to a disk or a database.
 *
 * @param what Says what it would be the name of, for the message.
 */
export function assertName(name: string, what: string): void {
  assertArgument("a store", what, name, TEXT);
  if (name === "") throw new AdaCarbonError("bad-input", `${what} is empty; it cannot be stored`);
  if (!name.isWellFormed()) {
    throw new AdaCarbonError(
      "bad-input",
      `${what} ${JSON.stringify(name)} is not valid Unicode; it cannot be stored`,
    );
  }
}

/** Refuses (code `bad-input`) a scope that cannot be: by its kind, by its name, or of kind `ada` with another name. */
export function assertScope(scope: Scope): void {
  assertArgument("a store", "the scope", scope, OBJECT);
  if (!SCOPE_KINDS.includes(scope.kind)) {
    throw new AdaCarbonError(
      "bad-input",
      `${shown(scope.kind)} is not a kind of scope; there are ${SCOPE_KINDS.join(", ")}`,
    );
  }
  if (scope.kind === "ada" && scope.name !== ADA.name) {
    throw new AdaCarbonError("bad-input", `the scope of kind ada is named ada, not ${formatScope(scope)}`);
  }
  assertName(scope.name, `the name of a ${scope.kind}`);
}
