import { expect, it } from "vitest";
import { differenceIn } from "../../torture/contents.js";
import { kills } from "../../torture/kills.js";

// A few of what `npm run torture` does by the thousand: every writing command, killed and run again.

it("a command that was killed ends, when it is run again, as one that nobody disturbed", async () => {
  const results = await kills({ seed: 1, count: 8, stores: ["folder"] });
  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  expect(results.map(({ tried }) => tried)).toEqual(Array(8).fill(1));
}, 180_000);

it("what differs is found: a number, a missing row, a row too many", () => {
  const contents = { rows: [{ scope: "ada", kwh: [1, Number.NaN] }], averages: [] };
  const changed = (kwh: readonly number[]): unknown => ({ ...contents, rows: [{ scope: "ada", kwh }] });
  expect(differenceIn(contents, contents)).toBeUndefined();
  expect(differenceIn(changed([1 + 1e-12, Number.NaN]), contents)).toBeUndefined();
  expect(differenceIn(changed([1.0001, Number.NaN]), contents)).toMatch(/rows\.0\.kwh\.0 is 1\.0001, not 1/);
  expect(differenceIn(changed([1, 0]), contents)).toMatch(/not NaN/);
  expect(differenceIn({ ...contents, rows: [] }, contents)).toMatch(/missing/);
  expect(differenceIn(contents, { ...contents, averages: undefined })).toMatch(/not undefined/);
});
