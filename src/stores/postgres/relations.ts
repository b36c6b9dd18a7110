/** A table, index or view, to be made if it is not there: its name, and the statement. */
export type Relation = readonly [name: string, sql: string];

/** The relations that statements make, in their order. */
export function relationsIn(statements: string): Relation[] {
  return statements.split(/;\s*(?=CREATE|$)/).flatMap((sql) => {
    const name = /^\s*CREATE (?:TABLE|INDEX|VIEW) (\w+)/.exec(sql)?.[1];
    return name === undefined ? [] : [[name, sql] as const];
  });
}
