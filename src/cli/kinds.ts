import { Argument, InvalidArgumentError } from "commander";
import { didYouMean } from "../usage/nearest-name.js";
import { SCOPE_KINDS, type Scope, type ScopeKind } from "../usage/scope.js";
import { scope } from "./parse.js";

/** Kinds of which there are many, as people call them. */
const KINDS: readonly ScopeKind[] = SCOPE_KINDS.filter((kind) => kind !== "ada");
const PLURALS: readonly string[] = KINDS.map((kind) => `${kind}s`);

/** An operand that is `users` or `user`. */
export function kindArgument(description: string): Argument {
  const argument = new Argument("[kind]", description).argParser(kind);
  // For completion: `choices` would take the plurals alone.
  argument.argChoices = [...PLURALS];
  return argument;
}

function kind(text: string): ScopeKind {
  const known = kindCalled(text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`There are ${PLURALS.join(", ")}${didYouMean(text, PLURALS)}`);
}

function kindCalled(text: string): ScopeKind | undefined {
  return KINDS.find((name) => name === text || `${name}s` === text);
}

/** A scope, or a kind for all of its scopes. */
export function scopeOrKind(text: string): Scope | ScopeKind {
  return kindCalled(text) ?? scope(text);
}
