import { describe, expect, it } from "vitest";
import { SampleReader } from "./sample-reader.js";
import { UnreadBytes } from "./unread-bytes.js";

const grid = { from: 1_757_462_400_000, stepMs: 1_000, count: 1_000 };

/** Reads values through the reader; which ones it left to `Number()` is counted. */
class Reader {
  readonly #reader: SampleReader = new SampleReader(grid);
  leftOver = 0;

  read(texts: readonly string[]): Float64Array {
    const block = new Float64Array(grid.count);
    const samples = texts.map((text, i) => `[${grid.from / 1000 + i},"${text}"]`).join(",");
    const unread = new UnreadBytes();
    unread.append(new TextEncoder().encode(samples));
    this.#reader.begin();
    const done = this.#reader.run(unread.bytes, unread.words, 0, unread.end, {
      block,
      start: 0,
      sample: (seconds, text) => {
        this.leftOver++;
        block[seconds - grid.from / 1000] = Number(text);
      },
    });
    expect(done).toBe(unread.end);
    return block;
  }
}

let seed = 20_250_910;
/** xorshift: quick and always the same. */
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
}

function digits(count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) text += Math.floor(random() * 10);
  return text;
}

const bits = new DataView(new ArrayBuffer(8));
function anyDouble(): number {
  bits.setUint32(0, random() * 2 ** 32);
  bits.setUint32(4, random() * 2 ** 32);
  const value = bits.getFloat64(0);
  return Number.isFinite(value) ? value : 0;
}

/** The digits of a number half way between two doubles, or next to it: as hard as it gets. */
function nearTie(): string {
  const above = 2 ** 53 + 2 * Math.floor(random() * 2 ** 40);
  const tie = BigInt(above) + 1n;
  const places = Math.floor(random() * 16);
  const text = String(tie + BigInt(Math.floor(random() * 3) - 1));
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

const KINDS: Readonly<Record<string, () => string>> = {
  "CPU-seconds of an hour": () => String((random() + random() / 2 ** 30) * 230_400),
  "small ones": () => String((random() + random() / 2 ** 30) * 10 ** -Math.floor(random() * 9)),
  "any digits with a point anywhere": () => {
    const whole = digits(1 + Math.floor(random() * 16));
    return random() < 0.1
      ? whole
      : `${random() < 0.5 ? "-" : ""}${whole}.${digits(Math.floor(random() * 24))}`;
  },
  "any double": () => String(anyDouble()),
  "near ties": nearTie,
};

describe("numbers are those of Number(), bit by bit", () => {
  it.each(Object.entries(KINDS))("%s", (_, draw) => {
    const reader = new Reader();
    let wrong = "";
    let count = 0;
    for (let round = 0; round < 200; round++) {
      const texts = Array.from({ length: grid.count }, draw);
      const values = reader.read(texts);
      texts.forEach((text, i) => {
        count++;
        if (!Object.is(values[i], Number(text))) wrong = text;
      });
    }
    expect({ wrong, count }).toEqual({ wrong: "", count: 200_000 });
  });

  it("values as Prometheus writes them hardly ever need Number() itself", () => {
    const reader = new Reader();
    const draw = KINDS["CPU-seconds of an hour"] ?? String;
    for (let round = 0; round < 100; round++) reader.read(Array.from({ length: grid.count }, draw));
    expect(reader.leftOver).toBeLessThan(10);
  });
});
