/**
 * An object with a value for each of the names, in their order. It is made for every host of every poll, so without the
 * list of pairs that `Object.fromEntries` wants.
 */
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<Name, Value> {
  const record: Partial<Record<Name, Value>> = {};
  for (const name of names) record[name] = make(name);
  return record as Record<Name, Value>;
}
