import { InvalidArgumentError, Option } from "commander";
import { nearestFirst } from "../usage/nearest-name.js";
import { SCOPE_KINDS, type ScopeKind } from "../usage/scope.js";

/** Kinds of which there are many, as people call them. */
const KINDS: readonly ScopeKind[] = SCOPE_KINDS.filter((kind) => kind !== "ada");
const PLURALS: readonly string[] = KINDS.map((kind) => `${kind}s`);

/** `users` or `user`. */
export function kind(text: string): ScopeKind {
  const known = KINDS.find((name) => name === text || `${name}s` === text);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(
    `Did you mean ${nearestFirst(text, PLURALS)[0]}? There are ${PLURALS.join(", ")}.`,
  );
}

type Format = "table" | "csv" | "json";

export interface FormatFlags {
  readonly format: Format;
}

export function formatOption(): Option {
  return new Option("--format <format>", "how it is printed")
    .choices(["table", "csv", "json"])
    .default("table");
}
