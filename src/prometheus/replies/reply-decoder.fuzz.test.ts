import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepGrid } from "./matrix.js";
import { cut, decodeStreamed, decodeWhole, fleeting, outcome } from "./reference.testing.js";

const FROM = 1_757_462_400_000;
const grids: StepGrid[] = [
  { from: FROM, stepMs: 3_600_000, count: 5 },
  { from: FROM + 500, stepMs: 1_000, count: 3 },
  { from: 0, stepMs: 60_000, count: 4 },
];

/** Text that is pasted into the document as it stands. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Node = Raw | string | number | boolean | null | readonly Node[] | Members;
/** Members of an object, in order, the same name more than once if it likes. */
class Members {
  readonly list: readonly (readonly [string, Node])[];
  constructor(list: readonly (readonly [string, Node])[]) {
    this.list = list;
  }
}

/** Writes a document with the blanks and escapes that `odd` draws; plainly when it always draws 0. */
function write(node: Node, odd: () => number): string {
  const blank = (): string => ["", "", "", "", " ", "\n\t", " \r "][odd() % 7] ?? "";
  const text = (value: string): string =>
    `"${[...JSON.stringify(value).slice(1, -1)].map((letter) => (odd() % 9 === 8 && /[\w.+-]/.test(letter) ? escapeOf(letter) : letter)).join("")}"`;
  const at = (inner: Node): string => {
    if (inner instanceof Raw) return inner.text;
    if (inner instanceof Members)
      return `{${inner.list.map(([name, value]) => `${blank()}${text(name)}${blank()}:${blank()}${at(value)}${blank()}`).join(",") || blank()}}`;
    if (Array.isArray(inner))
      return `[${inner.map((one: Node) => `${blank()}${at(one)}${blank()}`).join(",") || blank()}]`;
    return typeof inner === "string" ? text(inner) : JSON.stringify(inner);
  };
  return blank() + at(node) + blank();
}

function escapeOf(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const anything: fc.Arbitrary<Node> = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Node>(
      null,
      true,
      false,
      0,
      -1.5e-7,
      "",
      "x",
      new Raw("-0"),
      new Raw("1e400"),
      new Raw("[[],{}]"),
    ),
    fc.string({ unit: "binary" }),
    fc.array(tie("node"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.string({ maxLength: 3 }), tie("node")), { maxLength: 3 })
      .map((list) => new Members(list)),
  ),
})).node;

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most })
    .map((some) => some.join(""));

/** The text of a value, as Prometheus writes it and as nobody does. */
const valueText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.double().map(String) },
  { weight: 4, arbitrary: fc.double({ min: 0, max: 90_000, noNaN: true }).map(String) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("", "-"), digits(0, 20), digits(0, 24))
      .map(([sign, a, b]) => `${sign}${a}.${b}`),
  },
  fc.tuple(digits(1, 20), fc.integer({ min: -400, max: 400 })).map(([a, e]) => `${a}e${e}`),
  fc.constantFrom(
    "NaN",
    "+Inf",
    "-Inf",
    "Inf",
    "",
    " ",
    " 7",
    "1e400",
    "0x10",
    "+5",
    "1_0",
    "--1",
    "1.2.3",
    "é",
    "Infinity",
  ),
  digits(390, 410),
);

const sampleOf = (grid: StepGrid): fc.Arbitrary<Node> => {
  const time = fc.integer({ min: 0, max: grid.count - 1 }).map((i) => (grid.from + i * grid.stepMs) / 1000);
  return fc.oneof(
    { weight: 30, arbitrary: fc.tuple(time, valueText) },
    fc.tuple(time, valueText, anything),
    fc.tuple(
      time.map((t) => new Raw(`${t}${Number.isInteger(t) ? ".000" : "00"}`)),
      valueText,
    ),
    fc.tuple(
      time.map((t) => new Raw(`${t / 10}e1`)),
      valueText,
    ),
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.tuple(anything, anything),
        anything,
        fc.tuple(
          time.map((t) => t + 1),
          valueText,
        ),
      ),
    },
  );
};

const label = fc.oneof(
  fc.constantFrom("instance", "mode", "__name__", "1", "__proto__"),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const labelText: fc.Arbitrary<Node> = fc.oneof(
  { weight: 10, arbitrary: fc.string({ maxLength: 12 }) },
  fc.string({ unit: "binary" }),
  fc.constantFrom<Node>(
    new Raw('"\\ud83d\\ude00"'),
    new Raw('"\\ud83d"'),
    new Raw('"\\udE00\\uD83D"'),
    new Raw('"\\"\\\\\\/\\b\\f\\n\\r\\t"'),
  ),
);
const metric = (rough: number): fc.Arbitrary<Node> =>
  fc.oneof(
    {
      weight: 100,
      arbitrary: fc.array(fc.tuple(label, labelText), { maxLength: 4 }).map((list) => new Members(list)),
    },
    { weight: rough, arbitrary: fc.tuple(label, anything).map((one) => new Members([one])) },
    { weight: rough, arbitrary: anything },
  );

/** Members that ought to be there, shuffled, some of them twice, some unknown ones among them. */
function members(known: readonly (readonly [string, fc.Arbitrary<Node>])[]): fc.Arbitrary<Node> {
  const named = known.map(([name, value]) => value.map((node): [string, Node] => [name, node]));
  return fc
    .tuple(
      fc.tuple(...named),
      fc.array(fc.oneof(...named, fc.tuple(fc.string({ maxLength: 4 }), anything)), { maxLength: 2 }),
      fc.array(fc.nat()),
      fc.boolean(),
    )
    .map(([all, more, order, shuffled]) => {
      const list = shuffled ? [...more, ...all] : [...all];
      order.forEach((at, i) => {
        const [moved] = list.splice(at % list.length, 1);
        if (shuffled && moved !== undefined) list.splice(i % (list.length + 1), 0, moved);
        else if (moved !== undefined) list.splice(at % (list.length + 1), 0, moved);
      });
      return new Members(list);
    });
}

/** A reply as text, with the blanks and escapes that are drawn. */
type Write = (odd: () => number) => string;

const replies = (grid: StepGrid, rough: number): fc.Arbitrary<Write> => {
  const maybe = (good: fc.Arbitrary<Node>): fc.Arbitrary<Node> =>
    fc.oneof({ weight: 100, arbitrary: good }, { weight: rough, arbitrary: anything });
  const series = members([
    ["metric", metric(rough)],
    ["values", maybe(fc.array(sampleOf(grid), { maxLength: 6 }))],
  ]);
  const withHistograms = members([
    ["metric", metric(rough)],
    ["histograms", maybe(fc.array(anything, { maxLength: 2 }))],
  ]);
  const result = fc.array(maybe(fc.oneof({ weight: 5, arbitrary: series }, withHistograms)), {
    maxLength: 4,
  });
  const data = members([
    ["resultType", maybe(fc.constant("matrix"))],
    ["result", maybe(result)],
  ]);
  const envelope: readonly (readonly [string, fc.Arbitrary<Node>])[] = [
    ["status", maybe(fc.oneof({ weight: 9, arbitrary: fc.constant<Node>("success") }, fc.constant("error")))],
    ["data", maybe(data)],
    ["warnings", maybe(fc.array(fc.string(), { maxLength: 2 }))],
    ["infos", maybe(fc.constant(null))],
    ["isPartial", maybe(fc.boolean())],
    ["error", maybe(fc.string())],
  ];
  const anyHead = members(envelope).map(
    (reply): Write =>
      (odd) =>
        write(reply, odd),
  );
  // As every server begins, so that what follows is read while it comes in.
  const usualHead = fc
    .tuple(
      fc.constantFrom("", '"isPartial":false,', '"isPartial" : true ,\n', '"status":"error",'),
      fc.constantFrom('"resultType":"matrix",', ' "resultType" :\t"matrix", ', '"resultType":"vector",', ""),
      result,
      more([
        ["stats", anything],
        ["result", result],
        ["resultType", fc.constant("matrix")],
      ]),
      more(envelope),
    )
    .map(
      ([partial, type, series, moreData, moreReply]): Write =>
        (odd) =>
          `{"status":"success",${partial}"data":{${type}"result":${write(series, odd)}${closing(moreData, odd)}${closing(moreReply, odd)}`,
    );
  return fc.oneof(anyHead, { weight: 2, arbitrary: usualHead });
};

/** Mostly none, or some members, any of them more than once. */
function more(known: readonly (readonly [string, fc.Arbitrary<Node>])[]): fc.Arbitrary<Members> {
  const member = fc.oneof(...known.map(([name, value]) => value.map((node): [string, Node] => [name, node])));
  return fc
    .oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(member, { maxLength: 2 }))
    .map((list) => new Members(list));
}

/** The end of an object that has members already: some more, and the bracket. */
function closing(members: Members, odd: () => number): string {
  return members.list.length === 0 ? "}" : `,${write(members, odd).trim().slice(1)}`;
}

const text = new TextEncoder();

interface Case {
  readonly grid: StepGrid;
  readonly body: Uint8Array;
  readonly cuts: number[];
}

const cases = (rough: number): fc.Arbitrary<Case> =>
  fc
    .constantFrom(...grids)
    .chain((grid) =>
      fc.tuple(
        fc.constant(grid),
        replies(grid, rough),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.oneof(fc.constant([0]), fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 })),
      ),
    )
    .map(([grid, reply, cuts, odds]) => {
      let i = 0;
      const body = text.encode(reply(() => odds[i++ % odds.length] ?? 0));
      return { grid, body, cuts: cuts.map((at) => at % (body.length + 1)) };
    });

function same({ body, grid, cuts }: Case): void {
  const expected = outcome(() => decodeWhole(body, grid));
  for (const chunks of [cut(body, cuts), [body], cut(body, 1)]) {
    const streamed = outcome(() => decodeStreamed(fleeting(chunks), grid));
    if (!isDeepStrictEqual(streamed, expected)) expect(streamed).toEqual(expected);
    // In the same order too, which comparing objects does not see.
    if ("data" in streamed && "data" in expected)
      expect(streamed.data.series.map(Object.entries)).toEqual(expected.data.series.map(Object.entries));
  }
}

describe("streamed and whole give the same", () => {
  const runs = Number(process.env.ADA_CARBON_FUZZ_RUNS ?? 400);

  it("of good replies, oddly written", () => {
    let good = 0;
    fc.assert(
      fc.property(cases(0), (one) => {
        same(one);
        if (!("refused" in outcome(() => decodeWhole(one.body, one.grid)))) good++;
      }),
      { numRuns: runs },
    );
    // Otherwise this would only show that both refuse everything.
    expect(good).toBeGreaterThan(runs / 10);
  });

  it("of replies with something wrong in them", () => {
    fc.assert(fc.property(cases(5), same), { numRuns: runs });
  });

  it("of replies whose bytes were changed", () => {
    const mutated = fc
      .tuple(
        cases(0),
        fc.array(
          fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...text.encode('"\\[]{},:0.-e \n')), fc.nat(255))),
          { minLength: 1, maxLength: 3 },
        ),
      )
      .map(([one, changes]) => {
        const body = one.body.slice();
        for (const [at, byte] of changes) body[at % body.length] = byte;
        return { ...one, body };
      });
    fc.assert(fc.property(mutated, same), { numRuns: runs });
  });
});
