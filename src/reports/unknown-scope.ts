import { AdaCarbonError } from "../usage/errors.js";
import { formatScope, type Scope } from "../usage/scope.js";

/** A scope of which nothing was ever stored: most likely its name is misspelt. Its code is `no-data`. */
export class UnknownScopeError extends AdaCarbonError {
  readonly scope: Scope;
  /** The scopes of its kind that are stored, those with the most similar names first. */
  readonly stored: readonly Scope[];

  /** @param where Names the store. */
  constructor(scope: Scope, stored: readonly Scope[], where: string) {
    const nearest = nearestNames(scope, stored);
    super("no-data", `${formatScope(scope)} has no stored hour in ${where}; ${hintOf(scope, nearest)}`);
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

function nearestNames({ name }: Scope, stored: readonly Scope[]): Scope[] {
  const wanted = name.toLowerCase();
  return stored
    .map((scope) => ({ scope, edits: editsBetween(wanted, scope.name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ scope }) => scope);
}

/** How many characters have to be put in, taken out or changed to make one text of the other (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let edits = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const before = edits;
    edits = [i];
    for (let k = 1; k <= b.length; k++) {
      const changed = (before[k - 1] ?? 0) + (a[i - 1] === b[k - 1] ? 0 : 1);
      edits.push(Math.min(changed, (before[k] ?? 0) + 1, (edits[k - 1] ?? 0) + 1));
    }
  }
  return edits[b.length] ?? 0;
}
