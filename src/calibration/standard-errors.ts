import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { predicted, type Solution, type SparseRow } from "./least-squares.js";

/** Of a block that all but fixes a coefficient by itself, nothing else says how far off that is. */
const ALONE = 1e-6;

/**
 * Standard errors of coefficients from the differences that they leave. Rows of one block, such as a day, may all be
 * wrong the same way; those of different blocks are taken to be independent. The differences of a block are those to
 * coefficients that were fitted without it (the jackknife, CR3 in the literature): a coefficient that rests on a single
 * block has an infinite error, and not a small one because it fits that block so well.
 */
export function standardErrors(
  solution: Solution,
  rows: readonly SparseRow[],
  blockOf: (row: number) => string,
): number[] {
  const { coefficients } = solution;
  const inverse = new Matrix(solution.inverse.map((row) => [...row]));
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

/** Between minus and plus so many standard errors nine of ten estimates lie; Student's t, by Cornish and Fisher. */
export function ninetyPercent(degreesOfFreedom: number): number {
  const normal = 1.6449;
  return normal + (normal ** 3 + normal) / (4 * degreesOfFreedom);
}
