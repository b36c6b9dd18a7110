import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { cut, decodeStreamed, decodeWhole, fleeting, outcome } from "./reference.testing.js";

// Series whose labels are much like those of the one before are read by comparing them with it, and whole series
// without the scanner. So these differ in every way in which neighbours can: values that begin or end alike, names
// that come, go, change places or come twice, and labels or samples that the fast lanes leave to the scanner.

const grid = { from: 1_757_462_400_000, stepMs: 3_600_000, count: 4 };
const text = new TextEncoder();

const long = "x".repeat(600);
const name = fc.constantFrom("a", "ab", "instance", "mode", "", "1", "__proto__", "ü");
const value = fc.oneof(
  // Equally long, so that one may take the place of another unnoticed.
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "host-1:9100", "host-2:9100") },
  fc.constantFrom("", "ab", "abc", "ü", '"', long, `${long}y`),
);
type Label = readonly [name: string, value: string];
type Alter = (labels: readonly Label[], before: readonly Label[]) => readonly Label[];

const labels = fc.array(fc.tuple(name, value), { maxLength: 5 });
/** What the labels of the next series have instead of those of the one before. */
const alter: fc.Arbitrary<Alter> = fc.oneof(
  fc.constant<Alter>((all) => all),
  { weight: 3, arbitrary: fc.constant<Alter>((_, before) => before) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(4), value).map(
      ([at, other]): Alter =>
        (all) =>
          all.map((label, i) => (i === at % all.length ? [label[0], other] : label)),
    ),
  },
  fc.nat(5).map(
    (at): Alter =>
      (all) =>
        all.toSpliced(at, 1),
  ),
  fc.tuple(fc.nat(5), name, value).map(
    ([at, ...label]): Alter =>
      (all) =>
        all.toSpliced(at, 0, label),
  ),
  fc.constant<Alter>((all) => all.toReversed()),
  labels.map((other) => () => other),
);

const times = Array.from({ length: grid.count }, (_, i) => (grid.from + i * grid.stepMs) / 1000);
const sample = fc.constantFrom("0", "17.25", "43200.123456789012", "-1.5e-7", "NaN", "1e400", "");
const samples = fc.oneof(
  { weight: 6, arbitrary: fc.subarray(times) },
  { weight: 1, arbitrary: fc.subarray(times).map((some) => some.toReversed()) },
);
/** What follows the samples of a series. */
const rest = fc.oneof(
  { weight: 20, arbitrary: fc.constant("") },
  fc.constantFrom(',"values":[]', ',"metric":{"b":"c"}', ',"histograms":[[1757462400,{}]]', " "),
);
const series = fc.record({ alter, samples, values: fc.array(sample, { minLength: 1, maxLength: 4 }), rest });
const space = fc.constantFrom("", "", " ");

const bodies = fc
  .tuple(labels, fc.array(series, { maxLength: 12 }), space, fc.nat(4))
  .map(([first, all, blank, odd]) => {
    const refused = odd === 0;
    const quoted = JSON.stringify;
    let [before, current]: [readonly Label[], readonly Label[]] = [first, first];
    const result = all.map(({ alter, samples, values, rest }) => {
      [before, current] = [current, alter(current, before)];
      const metric = current.map(([key, of]) => `${quoted(key)}:${blank}${quoted(of)}`).join(`,${blank}`);
      // An empty text is no number: a reply with one is refused, so that most should have none.
      const number = (i: number): string => values[i % values.length] || (refused ? "" : "1");
      const pairs = samples.map((time, i) => `[${time},${blank}"${number(i)}"]`).join(",");
      return `{"metric":{${metric}},"values":[${pairs}]${rest}}`;
    });
    return text.encode(
      `{"status":"success","data":{"resultType":"matrix","result":[${result.join(`,${blank}`)}]}}`,
    );
  });

it("series like the one before are read as JSON.parse reads them, however the body is cut", () => {
  let good = 0;
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 300 }), (body, size) => {
      const expected = outcome(() => decodeWhole(body, grid));
      if (!("refused" in expected)) good++;
      for (const chunks of [[body], cut(body, size), cut(body, [size, 2 * size])]) {
        const streamed = outcome(() => decodeStreamed(fleeting(chunks), grid));
        if (!isDeepStrictEqual(streamed, expected)) expect(streamed).toEqual(expected);
        // In the same order too, which comparing objects does not see.
        if ("data" in streamed && "data" in expected)
          expect(streamed.data.series.map(Object.entries)).toEqual(expected.data.series.map(Object.entries));
      }
    }),
    { numRuns: Number(process.env.ADA_CARBON_FUZZ_RUNS ?? 1000) },
  );
  expect(good).toBeGreaterThan(100);
});
