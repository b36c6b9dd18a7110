import { instant, toTextOrNull } from "./text.js";

// Rows are given to a statement as arrays, one a column, which the server makes into a table of the name `given`.

/** One column of the rows that a statement is given: its type, and an array as a parameter. */
export interface GivenColumn {
  readonly type: string;
  readonly array: unknown;
}

/** The table that stands in a statement, the names of its columns, and the parameters `$1` to `$n` of it. */
export interface GivenRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly parameters: unknown[];
}

export function givenRows(columns: Readonly<Record<string, GivenColumn>>): GivenRows {
  // The arrays are of one length, so unnest may stand where columns do, which saves a copy of every row.
  const selected = Object.entries(columns).map(
    ([name, { type }], i) => `unnest($${i + 1}::${type}[]) AS ${name}`,
  );
  return {
    table: `(SELECT ${selected.join(", ")}) AS given`,
    columns: Object.keys(columns),
    parameters: Object.values(columns).map(({ array }) => array),
  };
}

/** Texts, also those that PostgreSQL cannot hold as they are. */
export function texts(values: readonly (string | null)[]): GivenColumn {
  return { type: "text", array: values.map(toTextOrNull) };
}

/** JSON, formatted already. */
export function jsons(values: readonly (string | null)[]): GivenColumn {
  return { type: "json", array: values };
}

export function booleans(values: readonly (boolean | null)[]): GivenColumn {
  return { type: "bool", array: values };
}

/** Numbers to the last bit. NaN and `null` are NULL. */
export function numbers(values: readonly (number | null)[]): GivenColumn {
  const written = values.map((value) => {
    if (value === null || Number.isNaN(value)) return "NULL";
    // JavaScript writes -0 as 0.
    return Object.is(value, -0) ? "-0" : value;
  });
  return { type: "float8", array: `{${written.join(",")}}` };
}

/** Instants in UTC milliseconds. */
export function instants(values: readonly (number | null)[]): GivenColumn {
  const written = values.map((ms) => (ms === null ? "NULL" : instant(ms)));
  return { type: "timestamptz", array: `{${written.join(",")}}` };
}
