import { badInput } from "./errors.js";
import { assertArgument, OBJECT, TEXT } from "./options.js";

/**
 * What a row of usage is about. `ada` is everything; `machine` is a machine name (a type of workspace,
 * not one instance); `host` is one instance, the finest grain.
 */
export const SCOPE_KINDS = ["ada", "project", "machine", "user", "group", "experiment", "host"] as const;
/** What a scope is of: everything, or an owner of one sort. */
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** One owner of usage. The one scope of kind `ada` has the name `ada`. */
export interface Scope {
  readonly kind: ScopeKind;
  readonly name: string;
}

/** The scope of everything. */
export const ADA: Scope = { kind: "ada", name: "ada" };

/** The name under which usage is kept that nobody can be found for. It is never dropped. */
export const UNATTRIBUTED = "unattributed";

/** `ada`, or `kind:name`; unique, and read back by {@link parseScope}. */
export function formatScope(scope: Scope): string {
  assertArgument("formatScope", "scope", scope, OBJECT);
  return scope.kind === "ada" ? "ada" : `${scope.kind}:${scope.name}`;
}

/** Reads `ada` or `kind:name`, such as `machine:Artemis (Matlab)`; the name may contain colons. */
export function parseScope(text: string): Scope {
  assertArgument("parseScope", "text", text, TEXT);
  if (text === "ada") return ADA;
  const colon = text.indexOf(":");
  const kind = SCOPE_KINDS.find((known) => known !== "ada" && known === text.slice(0, Math.max(colon, 0)));
  const name = text.slice(colon + 1);
  if (kind === undefined || name === "") {
    const kinds = SCOPE_KINDS.filter((known) => known !== "ada").join(", ");
    throw badInput(`${JSON.stringify(text)} is not a scope; write ada, or kind:name with a kind of ${kinds}`);
  }
  return { kind, name };
}
