/** A column as runs of equal values: `values[k]` stands in the next `rows[k]` rows. */
export interface Runs<T> {
  readonly values: readonly T[];
  readonly rows: readonly number[];
}

/** The column whose row `i` is `valueAt(i)`, as runs. Values are compared with `===`. */
export function toRuns<T>(length: number, valueAt: (row: number) => T): Runs<T> {
  const values: T[] = [];
  const rows: number[] = [];
  for (let i = 0; i < length; i++) {
    const value = valueAt(i);
    const last = values.length - 1;
    if (last >= 0 && values[last] === value) rows[last] = (rows[last] ?? 0) + 1;
    else {
      values.push(value);
      rows.push(1);
    }
  }
  return { values, rows };
}

/** The runs of `map(value, k)` of every run; neighbours that become equal become one. */
export function mapRuns<T, R>(runs: Runs<T>, map: (value: T, k: number) => R): Runs<R> {
  const values: R[] = [];
  const rows: number[] = [];
  runs.values.forEach((value, k) => {
    const mapped = map(value, k);
    const last = values.length - 1;
    if (last >= 0 && values[last] === mapped) rows[last] = (rows[last] ?? 0) + (runs.rows[k] ?? 0);
    else {
      values.push(mapped);
      rows.push(runs.rows[k] ?? 0);
    }
  });
  return { values, rows };
}

/** How many rows the runs cover. */
export function runsLength(runs: Runs<unknown>): number {
  return runs.rows.reduce((sum, rows) => sum + rows, 0);
}

/** Calls `visit(value, from, to)` for every run, which stands in the rows from `from` up to `to`. */
export function eachRun<T>(runs: Runs<T>, visit: (value: T, from: number, to: number) => void): void {
  let from = 0;
  runs.values.forEach((value, k) => {
    const to = from + (runs.rows[k] ?? 0);
    visit(value, from, to);
    from = to;
  });
}
