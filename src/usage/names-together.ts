const JOINT = " + ";

/** Two names as one text, such as `gb-carbon-intensity/region-12 + my-file`: each of their parts once, in order. */
export function namesTogether(a: string, b: string): string {
  return a === b ? a : [...new Set([...namesApart(a), ...namesApart(b)])].sort().join(JOINT);
}

/** What {@link namesTogether} has put together; a name alone is itself. */
export function namesApart(names: string): string[] {
  return names.split(JOINT);
}
