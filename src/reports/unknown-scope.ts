import { AdaCarbonError } from "../usage/errors.js";
import { didYouMean, nearestFirst } from "../usage/nearest-name.js";
import { formatScope, type Scope } from "../usage/scope.js";

/** A scope of which nothing was ever stored: most likely its name is misspelt. Its code is `no-data`. */
export class UnknownScopeError extends AdaCarbonError {
  readonly scope: Scope;
  /** The scopes of its kind that are stored, those with the most similar names first. */
  readonly stored: readonly Scope[];

  /** @param where Names the store. */
  constructor(scope: Scope, stored: readonly Scope[], where: string) {
    const nearest = nearestFirst(scope.name, stored, ({ name }) => name);
    const meant = didYouMean(
      scope.name,
      nearest.map(({ name }) => name),
    );
    super(
      "no-data",
      `${formatScope(scope)} has no stored hour in ${where}; ${hintOf(scope, nearest)}${meant}`,
    );
    this.scope = scope;
    this.stored = nearest;
  }
}

const SHOWN = 12;

function hintOf({ kind }: Scope, nearest: readonly Scope[]): string {
  if (nearest.length === 0) return `no ${kind} is stored there`;
  const more = nearest.length > SHOWN ? ", ..." : "";
  return `stored are ${nearest.slice(0, SHOWN).map(formatScope).join(", ")}${more}`;
}
