/** A column as runs of equal values: `values[k]` stands in the next `rows[k]` rows. */
export interface Runs<T> {
  readonly values: readonly T[];
  readonly rows: readonly number[];
}

/** A column as runs; of numbers, NaN equals NaN. */
export function toRuns<T>(column: ArrayLike<T>): Runs<T> {
  const values: T[] = [];
  const rows: number[] = [];
  let from = 0;
  // Written out: this sees every row.
  for (let i = 0, before: T | undefined; i < column.length; i++) {
    const value = column[i] as T;
    if (i > 0 && (value === before || Object.is(value, before))) continue;
    if (i > 0) rows.push(i - from);
    values.push(value);
    before = value;
    from = i;
  }
  if (column.length > 0) rows.push(column.length - from);
  return { values, rows };
}

/** Runs that grow at their end; a value equal to the last one makes its run longer. */
class RunsBuilder<T> implements Runs<T> {
  readonly values: T[] = [];
  readonly rows: number[] = [];

  add(value: T, rows: number): void {
    const last = this.values.length - 1;
    if (last >= 0 && this.values[last] === value) this.rows[last] = (this.rows[last] ?? 0) + rows;
    else {
      this.values.push(value);
      this.rows.push(rows);
    }
  }
}

/** The rows of `a`, then those of `b`. */
export function concatRuns<T>(a: Runs<T>, b: Runs<T>): Runs<T> {
  const both = new RunsBuilder<T>();
  for (const { values, rows } of [a, b]) {
    values.forEach((value, k) => {
      both.add(value, rows[k] ?? 0);
    });
  }
  return both;
}

/** What `make` makes of two columns of equal length, wherever one of them changes. */
export function zipTwoRuns<A, B, R>(a: Runs<A>, b: Runs<B>, make: (a: A, b: B) => R): Runs<R> {
  const [i, j] = [new RunCursor(a), new RunCursor(b)];
  return zipCursors([i, j], () => make(i.value, j.value));
}

/** What `make` makes of three columns of equal length, wherever one of them changes. */
export function zipRuns<A, B, C, R>(
  a: Runs<A>,
  b: Runs<B>,
  c: Runs<C>,
  make: (a: A, b: B, c: C) => R,
): Runs<R> {
  const [i, j, k] = [new RunCursor(a), new RunCursor(b), new RunCursor(c)];
  return zipCursors([i, j, k], () => make(i.value, j.value, k.value));
}

/** What `make` makes wherever one of the columns changes, up to the end of the shortest. */
function zipCursors<R>(cursors: readonly RunCursor<unknown>[], make: () => R): Runs<R> {
  const zipped = new RunsBuilder<R>();
  const rowsLeft = (): number => cursors.reduce((least, { left }) => Math.min(least, left), Infinity);
  for (let rows = rowsLeft(); rows > 0; rows = rowsLeft()) {
    zipped.add(make(), rows);
    for (const cursor of cursors) cursor.advance(rows);
  }
  return zipped;
}

class RunCursor<T> {
  /** Rows left of the run; 0 at the end. */
  left: number;
  readonly #runs: Runs<T>;
  #at = 0;

  constructor(runs: Runs<T>) {
    this.#runs = runs;
    this.left = runs.rows[0] ?? 0;
  }

  get value(): T {
    return this.#runs.values[this.#at] as T;
  }

  advance(rows: number): void {
    this.left -= rows;
    if (this.left === 0) this.left = this.#runs.rows[++this.#at] ?? 0;
  }
}

/** The runs of `map(value, k)` of every run; neighbours that become equal become one. */
export function mapRuns<T, R>(runs: Runs<T>, map: (value: T, k: number) => R): Runs<R> {
  const mapped = new RunsBuilder<R>();
  runs.values.forEach((value, k) => {
    mapped.add(map(value, k), runs.rows[k] ?? 0);
  });
  return mapped;
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
