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

/** Of a block that all but fixes a coefficient by itself, nothing else says how far off that is. */
const ALONE = 1e-6;

/**
 * Standard errors of coefficients from the differences that they leave. Rows of one block, such as a day, may all be
 * wrong the same way; those of different blocks are taken to be independent. The differences of a block are those to
 * coefficients that were fitted without it (the jackknife, CR3 in the literature): a coefficient that rests on a single
 * block has an infinite error, and not a small one because it fits that block so well.
 */
export function standardErrors(
  { coefficients, inverse }: Solution,
  rows: readonly SparseRow[],
  blockOf: (row: number) => string,
): number[] {
  const variances = new Float64Array(coefficients.length);
  const blocks = [...Map.groupBy(rows, (_, row) => blockOf(row)).values()];
  for (const block of blocks) {
    const { moved, alone } = withoutBlock(block, coefficients, inverse);
    for (let a = 0; a < variances.length; a++) {
      const least = ALONE * Math.abs(coefficients[a] ?? 0);
      const rests = alone.some((move) => Math.abs(move[a] ?? 0) > least);
      variances[a] = (variances[a] as number) + (rests ? Number.POSITIVE_INFINITY : (moved[a] ?? 0) ** 2);
    }
  }
  return Array.from(variances, (variance) => Math.sqrt((variance * (blocks.length - 1)) / blocks.length));
}

/**
 * How far coefficients move when a block is left out, and how they may move where nothing but the block held them. Worked
 * out in the few columns that the block has.
 */
function withoutBlock(
  block: readonly SparseRow[],
  coefficients: readonly number[],
  inverse: Matrix,
): { readonly moved: readonly number[]; readonly alone: readonly (readonly number[])[] } {
  const used = [...new Set(block.flatMap(({ columns }) => columns))];
  const place = new Map(used.map((column, i) => [column, i]));
  const products = Matrix.zeros(used.length, used.length);
  const pull = Matrix.zeros(used.length, 1);
  for (const row of block) {
    const difference = row.target - predicted(row, coefficients);
    row.columns.forEach((column, a) => {
      const i = place.get(column) ?? 0;
      const value = row.values[a] ?? 0;
      pull.set(i, 0, pull.get(i, 0) + value * difference);
      row.columns.forEach((other, b) => {
        const k = place.get(other) ?? 0;
        products.set(i, k, products.get(i, k) + value * (row.values[b] ?? 0));
      });
    });
  }
  const own = new EigenvalueDecomposition(inverse.selection(used, used), { assumeSymmetric: true });
  const root = own.eigenvectorMatrix
    .mmul(Matrix.diag(own.realEigenvalues.map((size) => Math.sqrt(Math.max(size, 0)))))
    .mmul(own.eigenvectorMatrix.transpose());
  // How much of each direction the block says by itself, from 0 to 1.
  const { realEigenvalues: shares, eigenvectorMatrix: directions } = new EigenvalueDecomposition(
    root.mmul(products).mmul(root),
    { assumeSymmetric: true },
  );
  const rest = Matrix.diag(shares.map((share) => 1 / Math.max(1 - share, ALONE)));
  const held = products.mmul(root).mmul(directions);
  const all = coefficients.map((_, column) => column);
  const influence = inverse.selection(all, used);
  const more = held.mmul(rest).mmul(directions.transpose()).mmul(root).mmul(pull);
  const alone = shares.flatMap((share, d) => (1 - share < ALONE ? [d] : []));
  return {
    moved: influence.mmul(pull.add(more)).getColumn(0),
    alone: alone.map((d) => influence.mmul(held.getColumnVector(d)).getColumn(0)),
  };
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
