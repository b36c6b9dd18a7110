import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HttpClient } from "../../transport/http.js";
import { isAdaCarbonError } from "../../usage/errors.js";
import { VectorReader } from "./vector-reader.js";

// The reader of plain entries is held against JSON.parse, which reads every reply that begins with a blank.

const LABELS = ["fact", "instance", "user"];

interface Outcome {
  readonly samples: readonly unknown[];
  readonly warnings: readonly string[];
}

async function read(body: Uint8Array): Promise<Outcome | { readonly refused: string }> {
  const fetch = async (): Promise<Response> => new Response(new Uint8Array(body));
  const reader = new VectorReader(new HttpClient({ url: "http://p.example", retries: 0, fetch }), LABELS);
  const samples: unknown[] = [];
  try {
    const warnings = await reader.ask(
      { query: "up", time: 0, signal: undefined },
      {
        take: (sample) => {
          const texts = LABELS.map((label) => sample.text(label));
          const had = LABELS.filter(
            (label, i) => /^[ -~]+$/.test(texts[i] ?? "") && sample.has(label, texts[i] ?? ""),
          );
          samples.push({ value: sample.value, texts, had });
        },
      },
    );
    return { samples, warnings };
  } catch (error) {
    if (isAdaCarbonError(error)) return { refused: error.code };
    throw error;
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function readAlike(body: Uint8Array): Promise<void> {
  const slow = new Uint8Array(body.length + 1).fill(0x20);
  slow.set(body, 1);
  expect(await read(body)).toEqual(await read(slow));
}

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("seen", "host-1:9100", "aa123456", "") },
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom('a"b', "a\\b", "<b>", "\n", "\u0001", "]},{", "\ud800", "🔋"),
);
const number = fc.oneof(
  fc.double().map(String),
  fc.nat().map(String),
  fc.constantFrom("NaN", "+Inf", "-Inf", "1e3", "5.", ".5", "-0.25", "00012", "7.3150000000000095", ""),
  fc.bigInt({ min: 0n, max: 10n ** 30n }).map((n) => `${n}.${n}`),
);
const entry = fc.record({
  metric: fc.dictionary(fc.constantFrom(...LABELS, "other", "ü"), text, { maxKeys: 5 }),
  value: fc.tuple(fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true })), number),
});
const odd = fc.constantFrom(
  { metric: { fact: "x" }, histogram: [1, {}] },
  { metric: "x", value: [1, "1"] },
  { value: [1, "1"], metric: { user: "u" } },
  { metric: { user: 5 }, value: [1, "1"] },
  { metric: {}, value: [1, "1"], more: [{ a: '}"' }] },
  null,
  7,
);
const result = fc.array(fc.oneof({ weight: 12, arbitrary: entry }, odd), { maxLength: 12 });
const body = fc
  .record({ result, isPartial: fc.boolean(), warnings: fc.option(fc.array(text)) })
  .map(({ result, isPartial, warnings }) => {
    const data = { resultType: "vector", result };
    return bytesOf(
      JSON.stringify({
        status: "success",
        ...(isPartial && { isPartial }),
        data,
        ...(warnings && { warnings }),
      }),
    );
  });

describe("a reply read where it lies", () => {
  it("gives what JSON.parse gives", async () => {
    await fc.assert(fc.asyncProperty(body, readAlike), { numRuns: 1000 });
  });

  it("is refused when JSON.parse refuses it, wherever it is damaged", async () => {
    const damaged = fc
      .tuple(
        body,
        fc.nat(),
        fc.constantFrom(...bytesOf(',{}[]":\\ x0\n')),
        fc.constantFrom("put", "cut", "drop"),
      )
      .map(([whole, place, byte, how]) => {
        const at = place % whole.length;
        if (how === "cut") return whole.subarray(0, at);
        const rest = whole.subarray(how === "put" ? at : at + 1);
        return Uint8Array.from([...whole.subarray(0, at), ...(how === "put" ? [byte] : []), ...rest]);
      });
    await fc.assert(fc.asyncProperty(damaged, readAlike), { numRuns: 3000 });
  });

  it("gives the nearest double of every number", async () => {
    const numbers = ["7.3150000000000095", "1757505593", "0.1", "9007199254740993", "123456789012345678901"];
    const entries = numbers.map((n) => ({ metric: { fact: n }, value: [1, n] }));
    const all = [...entries, { metric: {}, value: [1, "1"] }];
    const reply = JSON.stringify({ status: "success", data: { resultType: "vector", result: all } });
    const { samples } = (await read(bytesOf(reply))) as Outcome;
    expect(samples.map((sample) => (sample as { value: number }).value)).toEqual([...numbers.map(Number), 1]);
  });
});
