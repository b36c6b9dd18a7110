/** Sorts as `<` compares strings: by UTF-16 code unit, in every locale and database alike. */
export function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
