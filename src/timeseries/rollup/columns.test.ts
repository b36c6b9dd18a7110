import {
  binTable,
  cellsOf,
  combineBounds,
  countColumns,
  rollupColumns,
  type UsageColumns,
} from "ada-carbon/timeseries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const START = Date.UTC(2025, 9, 20) / 3_600_000;
const INTERVAL = { from: START * 3_600_000, to: (START + 300) * 3_600_000 };

interface Row {
  readonly hour: number;
  readonly key: number;
  readonly values: readonly number[];
}

const columnsOf = (rows: readonly Row[], width: number): UsageColumns => ({
  hours: Int32Array.from(rows, (row) => row.hour),
  keys: Int32Array.from(rows, (row) => row.key),
  keyCount: 5,
  values: Array.from({ length: width }, (_, c) =>
    Float64Array.from(rows, (row) => row.values[c] ?? Number.NaN),
  ),
});

// Integers, so that any order gives the same sum to the last bit.
const rowsOf = (width: number): fc.Arbitrary<Row[]> =>
  fc.array(
    fc.record({
      hour: fc.integer({ min: START - 10, max: START + 310 }),
      key: fc.integer({ min: 0, max: 4 }),
      values: fc.array(fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.constant(Number.NaN)), {
        minLength: width,
        maxLength: width,
      }),
    }),
    { maxLength: 300 },
  );

describe("rollupColumns", () => {
  it("is what adding row by row gives, in any order, for any number of columns", () => {
    const table = binTable(INTERVAL, "day", { zone: "Europe/London" });
    const cases = fc
      .integer({ min: 1, max: 9 })
      .chain((width) => fc.tuple(fc.constant(width), rowsOf(width)));
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat()), ([width, rows], random) => {
        const sums = new Map<string, { sum: number; count: number }>();
        for (const { hour, key, values } of rows) {
          const bin = table.bins.findIndex(
            ({ from, to }) => from <= hour * 3_600_000 && hour * 3_600_000 < to,
          );
          values.forEach((value, c) => {
            if (bin < 0 || Number.isNaN(value)) return;
            const cell = sums.get(`${key} ${bin} ${c}`) ?? { sum: 0, count: 0 };
            sums.set(`${key} ${bin} ${c}`, { sum: cell.sum + value, count: cell.count + 1 });
          });
        }
        const shuffled = rows
          .map((row) => ({ row, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ row }) => row);
        const dirty = {
          ...rollupColumns(columnsOf(rows, width), table),
          cells: new Float64Array(1e4).fill(9),
        };
        const cubes = [
          rollupColumns(columnsOf(rows, width), table),
          rollupColumns(columnsOf(shuffled, width), table),
          rollupColumns(columnsOf(rows, width), table, { reuse: dirty }),
        ];
        const counts = countColumns(columnsOf(rows, width), table);
        for (let key = 0; key < 5; key++) {
          for (let c = 0; c < width; c++) {
            const expected = table.bins.map((_, bin) => sums.get(`${key} ${bin} ${c}`));
            for (const cube of cubes)
              expect([...cellsOf(cube, key, c)]).toEqual(expected.map((cell) => cell?.sum ?? 0));
            expect([...cellsOf(counts, key, c)]).toEqual(expected.map((cell) => cell?.count ?? 0));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("refuses columns of unequal length and keys that are none", () => {
    const table = binTable(INTERVAL, "day");
    const columns = columnsOf([{ hour: START, key: 4, values: [1, 2, 3, 4] }], 4);
    expect(() => rollupColumns({ ...columns, keyCount: 4 }, table)).toThrow(/key 4; keys are 0 to 3/);
    expect(() => rollupColumns({ ...columns, keys: Int32Array.of(-1) }, table)).toThrow(/key -1/);
    expect(() => rollupColumns({ ...columns, keys: new Int32Array(2) }, table)).toThrow(
      /2 rows, hours has 1/,
    );
  });
});

describe("combineBounds", () => {
  const estimate = fc
    .tuple(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 1, max: 3, noNaN: true }),
    )
    .map(([value, low, high]) => ({ value, low: value * low, high: value * high }));

  it("widens with the correlation, from the root of squares to the sum, and never below 0", () => {
    fc.assert(
      fc.property(fc.array(estimate, { maxLength: 50 }), (estimates) => {
        const [none, half, full] = [0, 0.5, 1].map((r) => combineBounds(estimates, r));
        const sum = (read: (each: { low: number; high: number }) => number): number =>
          estimates.reduce((total, each) => total + read(each), 0);
        const slack = 1e-9 * (1 + (full?.high ?? 0));
        expect(Math.abs((full?.low ?? 0) - sum((each) => each.low))).toBeLessThanOrEqual(slack);
        expect(Math.abs((full?.high ?? 0) - sum((each) => each.high))).toBeLessThanOrEqual(slack);
        expect(none?.high ?? 0).toBeLessThanOrEqual((half?.high ?? 0) + slack);
        expect(half?.high ?? 0).toBeLessThanOrEqual((full?.high ?? 0) + slack);
        expect(full?.low ?? 0).toBeGreaterThanOrEqual(-slack);
      }),
    );
  });

  it("refuses what is no correlation, and bounds that are not around their value", () => {
    expect(() => combineBounds([], 1.5)).toThrow(/must be 0 to 1/);
    expect(() => combineBounds([{ value: 1, low: 2, high: 3 }], 0)).toThrow(/not around 1/);
    expect(combineBounds([], 0.3)).toEqual({ value: 0, low: 0, high: 0 });
  });
});
