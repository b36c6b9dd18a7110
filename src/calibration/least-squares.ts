import { fcnnlsVector } from "ml-fcnnls";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

// ml-fcnnls finds the least squares that are not negative: MIT, typed, of mljs, whose libraries are kept up. `nnls`, of the
// same authors, is the plain algorithm that this one speeds up; npm has no third. ml-matrix comes with it.

/** One row of a table in which most columns are zero. */
export interface SparseRow {
  readonly columns: readonly number[];
  readonly values: readonly number[];
  /** What the columns, each times its coefficient, should add up to. */
  readonly target: number;
}

/** Directions whose part of the table is smaller than this are not determined by it. */
const NOTHING = 1e-9;

/** Coefficients, and how far the table says them. Plain numbers: types of ml-matrix are not installed with the package. */
export interface Solution {
  /** Watts, none of them negative. */
  readonly coefficients: readonly number[];
  /** The inverse of the normal equations, in the directions that they determine. */
  readonly inverse: readonly number[][];
  /**
   * Which coefficients could be changed together without any difference to the table: 0 where `a` and `b` have nothing
   * to do with each other, and on the diagonal where a coefficient is determined.
   */
  readonly undetermined: readonly number[][];
}

/** Sums over the rows of a table: all that least squares need of it. */
export class NormalEquations {
  readonly columns: number;
  #products: Matrix;
  readonly #targets: Float64Array;

  constructor(columns: number) {
    this.columns = columns;
    this.#products = Matrix.zeros(columns, columns);
    this.#targets = new Float64Array(columns);
  }

  /** Adds a row, or with `times` -1 takes one away. */
  add({ columns, values, target }: SparseRow, times: 1 | -1 = 1): void {
    columns.forEach((column, a) => {
      const value = times * (values[a] ?? 0);
      this.#targets[column] = (this.#targets[column] ?? 0) + value * target;
      columns.forEach((other, b) => {
        this.#products.set(column, other, this.#products.get(column, other) + value * (values[b] ?? 0));
      });
    });
  }

  copy(): NormalEquations {
    const copy = new NormalEquations(this.columns);
    copy.#products = this.#products.clone();
    copy.#targets.set(this.#targets);
    return copy;
  }

  /** Coefficients that are not negative, with the least sum of squared differences. */
  solve(): Solution {
    const { columns } = this;
    const lengths = this.#products.diagonal().map((square) => Math.sqrt(square) || 1);
    const lengthOf = (a: number): number => lengths[a] ?? 1;
    const byLengths = (table: readonly number[][]): number[][] =>
      table.map((row, a) => row.map((value, b) => value / lengthOf(a) / lengthOf(b)));
    const scaled = new Matrix(byLengths(this.#products.to2DArray()));
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
    const weighted = (weights: readonly number[]): number[][] =>
      directions
        .mmul(Matrix.diag([...weights]))
        .mmul(directions.transpose())
        .to2DArray();
    const inverse = weighted(sizes.map((size) => (size > least ? 1 / size : 0)));
    return {
      coefficients: K.to1DArray().map((value, a) => value / lengthOf(a)),
      inverse: byLengths(inverse),
      undetermined: weighted(sizes.map((size) => Number(size <= least))),
    };
  }
}

/** What coefficients say of a row. */
export function predicted({ columns, values }: SparseRow, coefficients: readonly number[]): number {
  return columns.reduce((sum, column, a) => sum + (values[a] ?? 0) * (coefficients[column] ?? 0), 0);
}
