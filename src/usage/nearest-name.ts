/** Those with the names that are most similar to the wanted one first; case makes no difference. */
export function nearestFirst<T>(wanted: string, all: readonly T[], nameOf: (one: T) => string = String): T[] {
  return all
    .map((one) => ({ one, edits: editsBetween(wanted.toLowerCase(), nameOf(one).toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ one }) => one);
}

/** `; did you mean amara?` where one of the names is so similar that the wanted one is a slip; else nothing. */
export function didYouMean(wanted: string, names: readonly string[]): string {
  const [nearest] = nearestFirst(wanted, names);
  if (nearest === undefined) return "";
  const edits = editsBetween(wanted.toLowerCase(), nearest.toLowerCase());
  const shorter = Math.min(wanted.length, nearest.length);
  return edits <= Math.ceil(shorter / 3) ? `; did you mean ${nearest}?` : "";
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
