/** The names, the most similar to the wanted one first; case makes no difference. */
export function nearestFirst(wanted: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, edits: editsBetween(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
}

/** How many characters have to be put in, taken out or changed to make one text of the other (Levenshtein). */
export function editsBetween(a: string, b: string): number {
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
