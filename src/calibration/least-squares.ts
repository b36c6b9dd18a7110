import { fcnnlsVector } from "ml-fcnnls";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

// ml-fcnnls finds the least squares that are not negative: MIT, typed, of mljs, whose libraries are kept up; npm has no
// other that is. `nnls` of the same authors is for dense tables, and ours have a column for each meter. ml-matrix comes with it.

/** One row of a table in which most columns are zero. */
export interface SparseRow {
  readonly columns: readonly number[];
  readonly values: readonly number[];
  /** What the columns, each times its coefficient, should add up to. */
  readonly target: number;
}

/** Directions whose part of the table is smaller than this are not determined by it. */
const NOTHING = 1e-9;

/** Coefficients, and how far the table says them. */
export interface Solution {
  /** None of them negative. */
  readonly coefficients: readonly number[];
  /** The inverse of the normal equations, in the directions that they determine. */
  readonly inverse: Matrix;
  /**
   * Which coefficients could be changed together without any difference to the table: 0 where `a` and `b` have nothing
   * to do with each other, and on the diagonal where a coefficient is determined.
   */
  readonly undetermined: Matrix;
}

/** Sums over the rows of a table: all that least squares need of it. */
export class NormalEquations {
  readonly columns: number;
  readonly #products: Float64Array;
  readonly #targets: Float64Array;

  constructor(columns: number) {
    this.columns = columns;
    this.#products = new Float64Array(columns * columns);
    this.#targets = new Float64Array(columns);
  }

  /** Adds a row, or with `times` -1 takes one away. */
  add({ columns, values, target }: SparseRow, times: 1 | -1 = 1): void {
    for (let a = 0; a < columns.length; a++) {
      const column = columns[a] as number;
      const value = times * (values[a] as number);
      this.#targets[column] = (this.#targets[column] as number) + value * target;
      for (let b = 0; b < columns.length; b++) {
        const cell = column * this.columns + (columns[b] as number);
        this.#products[cell] = (this.#products[cell] as number) + value * (values[b] as number);
      }
    }
  }

  copy(): NormalEquations {
    const copy = new NormalEquations(this.columns);
    copy.#products.set(this.#products);
    copy.#targets.set(this.#targets);
    return copy;
  }

  /** Coefficients that are not negative, with the least sum of squared differences. */
  solve(): Solution {
    const { columns } = this;
    const lengths = Array.from({ length: columns }, (_, a) => Math.sqrt(this.#product(a, a)) || 1);
    const lengthOf = (a: number): number => lengths[a] ?? 1;
    const scaled = new Matrix(columns, columns);
    for (let a = 0; a < columns; a++)
      for (let b = 0; b < columns; b++) scaled.set(a, b, this.#product(a, b) / lengthOf(a) / lengthOf(b));
    const { realEigenvalues: sizes, eigenvectorMatrix: directions } = new EigenvalueDecomposition(scaled, {
      assumeSymmetric: true,
    });
    const least = NOTHING * Math.max(...sizes);
    // A table of as many rows as columns that has the same sums. What is not determined is held near zero.
    const rows = sizes.map((size, d) =>
      directions.getColumn(d).map((part) => part * Math.sqrt(Math.max(size, least))),
    );
    const targets = sizes.map((size, d) => {
      const along = directions
        .getColumn(d)
        .reduce((sum, part, a) => sum + (part * (this.#targets[a] as number)) / lengthOf(a), 0);
      return size > least ? along / Math.sqrt(size) : 0;
    });
    const { K } = fcnnlsVector(new Matrix(rows), targets, { maxIterations: 20 * columns });
    const weighted = (weights: readonly number[]): Matrix =>
      directions.mmul(Matrix.diag([...weights])).mmul(directions.transpose());
    const inverse = weighted(sizes.map((size) => (size > least ? 1 / size : 0)));
    return {
      coefficients: K.to1DArray().map((value, a) => value / lengthOf(a)),
      inverse: inverse.apply((a, b) => inverse.set(a, b, inverse.get(a, b) / lengthOf(a) / lengthOf(b))),
      undetermined: weighted(sizes.map((size) => Number(size <= least))),
    };
  }

  #product(a: number, b: number): number {
    return this.#products[a * this.columns + b] ?? 0;
  }
}

/**
 * Standard errors of coefficients from the differences that they leave. Rows of one block, such as a day, may all be
 * wrong the same way; those of different blocks are taken to be independent.
 */
export function standardErrors(
  { coefficients, inverse }: Solution,
  rows: readonly SparseRow[],
  blockOf: (row: number) => string,
): number[] {
  const { length } = coefficients;
  const blocks = [...Map.groupBy(rows.keys(), blockOf).values()];
  const variances = new Float64Array(length);
  for (const block of blocks) {
    const pull = new Float64Array(length);
    for (const index of block) {
      const row = rows[index];
      if (row === undefined) continue;
      const difference = row.target - predicted(row, coefficients);
      row.columns.forEach((column, a) => {
        pull[column] = (pull[column] as number) + (row.values[a] ?? 0) * difference;
      });
    }
    for (let a = 0; a < length; a++) {
      let moved = 0;
      for (let b = 0; b < length; b++) moved += inverse.get(a, b) * (pull[b] as number);
      variances[a] = (variances[a] as number) + moved * moved;
    }
  }
  const [count, used] = [blocks.length, Math.min(length, rows.length - 1)];
  const few = (count / (count - 1)) * ((rows.length - 1) / (rows.length - used));
  return Array.from(variances, (variance) => Math.sqrt(variance * few));
}

/** What coefficients say of a row. */
export function predicted({ columns, values }: SparseRow, coefficients: readonly number[]): number {
  return columns.reduce((sum, column, a) => sum + (values[a] ?? 0) * (coefficients[column] ?? 0), 0);
}

/** Between minus and plus so many standard errors nine of ten estimates lie; Student's t, by Cornish and Fisher. */
export function ninetyPercent(degreesOfFreedom: number): number {
  const normal = 1.6449;
  return normal + (normal ** 3 + normal) / (4 * degreesOfFreedom);
}
