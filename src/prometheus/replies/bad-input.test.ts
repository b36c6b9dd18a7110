import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { cut, decodeStreamed, decodeWhole, fleeting, type Outcome, outcome } from "./reference.testing.js";

const grid = { from: 1_757_462_400_000, stepMs: 3_600_000, count: 3 };
const text = new TextEncoder();

const SMALL =
  '{"status":"success","data":{"resultType":"matrix","result":[' +
  '{"metric":{"instance":"a:9100","mode":"idle"},"values":[[1757462400,"43200.123456789012"],[1757466000,"0"],[1757469600.000,"-1.5e-7"]]},' +
  '{"metric":{"\\u0061\\n":"\\ud83d\\ude00\\ud83d","é":"ü€"},"values":[[1757466000, "NaN"], [1757469600, "9007199254740993"]],"histograms":[[1757462400,{"buckets":[[0,"1"]]}]]}' +
  ']},"warnings":["PromQL warning: x"],"infos":[],"more":[true,false,null,{"a":-0.5E+3}]}';

function expectSame(body: Uint8Array, places: readonly number[]): Outcome {
  const expected = outcome(() => decodeWhole(body, grid));
  const streamed = outcome(() => decodeStreamed(fleeting(cut(body, places)), grid));
  if (!isDeepStrictEqual(streamed, expected)) expect(streamed).toEqual(expected);
  return expected;
}

const envelope = (result: string): string =>
  `{"status":"success","data":{"resultType":"matrix","result":${result}}}`;
const withValue = (value: string): string => envelope(`[{"metric":{},"values":[[1757462400,"${value}"]]}]`);

describe("a small reply", () => {
  const body = text.encode(SMALL);

  it("is understood in the first place, byte by byte too", () => {
    const matrix = decodeStreamed(cut(body, 1), grid);
    expect(matrix).toEqual(decodeWhole(body, grid));
    expect([...matrix.data.values]).toEqual([
      Number("43200.123456789012"),
      0,
      -1.5e-7,
      Number.NaN,
      Number.NaN,
      9007199254740992,
    ]);
    expect(matrix.data.series[1]).toEqual({ "a\n": "\u{1f600}\ud83d", é: "ü€" });
    expect(matrix.data.histograms).toEqual([matrix.data.series[1]]);
    expect(matrix.data.notFinite).toEqual([
      { labels: matrix.data.series[1], time: 1_757_466_000_000, value: "NaN" },
    ]);
  });

  it("is the same however it is cut in two", () => {
    for (let at = 0; at <= body.length; at++) expect("data" in expectSame(body, [at])).toBe(true);
  });

  it("is the same cut in three", () => {
    for (let at = 0; at < body.length; at += 3) {
      for (let more = 1; more < 40; more += 5) expectSame(body, [at, Math.min(at + more, body.length)]);
    }
  });

  it("is refused when it is cut short, wherever", () => {
    for (let length = 0; length < body.length; length++) {
      const outcome = expectSame(body.subarray(0, length), [length >> 1]);
      expect("refused" in outcome && outcome.refused).toMatch(/bad-reply/);
    }
  });

  it("is read as JSON.parse reads it with any byte changed", () => {
    let understood = 0;
    for (let at = 0; at < body.length; at++) {
      for (const byte of text.encode('"\\]{,0.é')) {
        const changed = body.slice();
        changed[at] = byte;
        if ("data" in expectSame(changed, [at])) understood++;
      }
    }
    expect(understood).toBeGreaterThan(200);
  });
});

describe("what nobody should send", () => {
  it.each([
    ["1e308", 1e308],
    ["-1e308", -1e308],
    ["1e-400", 0],
    [`${"9".repeat(400)}.5e-380`, Number(`${"9".repeat(400)}.5e-380`)],
    [`0.${"0".repeat(390)}${"1".repeat(400)}`, 0],
    [`1${"0".repeat(399)}e-399`, 1],
    ["0x10", 16],
    [" 12 ", 12],
    ["00012.50", 12.5],
    [".5", 0.5],
    ["5.", 5],
  ])("the number %s", (value, expected) => {
    const body = text.encode(withValue(value));
    for (const size of [1, 7, body.length]) {
      expect(decodeStreamed(cut(body, size), grid).data.values[0]).toBe(expected);
    }
    expectSame(body, []);
  });

  it.each(["1e400", "9".repeat(400), "Infinity"])("the number %s, which is infinite", (value) => {
    const reply = decodeStreamed([text.encode(withValue(value))], grid);
    expect(reply.data.notFinite.map((sample) => sample.value)).toEqual([value]);
  });

  it.each(["", ".", "-", "1.2.3", "--1", "1,5", "١", "1_0"])("the number %j, which is none", (value) => {
    expect(expectSame(text.encode(withValue(value)), [])).toMatchObject({ refused: /is not a number/ });
  });

  it.each(["1757462400.0", "1757462400.000", "17574624e2", "1757462400000E-3"])("the time %s", (time) => {
    const body = text.encode(envelope(`[{"metric":{},"values":[[${time},"1"],[1757466000,"2"]]}]`));
    expect([...decodeStreamed([body], grid).data.values].slice(0, 2)).toEqual([1, 2]);
    expectSame(body, [70]);
  });

  it.each(["01757462400", "1757462401", "1e400", "-1757462400", "1757462400.", "+1757462400"])(
    "the time %s",
    (time) => {
      const body = text.encode(envelope(`[{"metric":{},"values":[[${time},"1"]]}]`));
      expect(expectSame(body, [70])).toHaveProperty("refused");
    },
  );

  it.each([
    ["[%,%]", true],
    ["[ % , % ]", true],
    ["[%%]", false],
    ["[%;%]", false],
    ["[,%]", false],
    ["[%,]", false],
    ["[%,,%]", false],
    ["[%}]", false],
  ])("series as in %s", (list, isJson) => {
    const series = '{"metric":{"a":"b"},"values":[[1757462400,"1"]]}';
    const body = text.encode(envelope(list.replaceAll("%", series)));
    for (const size of [1, 50, body.length]) {
      expect("data" in expectSame(body, [size, 2 * size])).toBe(isJson);
    }
  });

  it.each([
    ["[%,%]", true],
    ["[%, %]", true],
    ["[%%]", false],
    ["[,%]", false],
    ["[%,]", false],
    ["[%,,%]", false],
    ["[%}", false],
  ])("samples as in %s", (list, isJson) => {
    const values = list.replaceAll("%", '[1757462400,"1"]');
    const body = text.encode(envelope(`[{"metric":{},"values":${values}}]`));
    for (const size of [1, 50, body.length]) {
      expect("data" in expectSame(body, [size, 2 * size])).toBe(isJson);
    }
  });

  it("members that come twice: the last counts, and faults in the first do not", () => {
    const series = '{"metric":5,"values":[[1,"x"]],"metric":{"a":1,"a":"2"},"values":[[1757466000,"7"]]}';
    const body = text.encode(
      `{"data":[],"status":7,"data":{"result":[3],"resultType":"vector","result":[${series}],"resultType":"matrix"},"status":"success"}`,
    );
    expect(expectSame(body, [100])).toMatchObject({ data: { series: [{ a: "2" }] } });
    expect([...decodeStreamed([body], grid).data.values]).toEqual([Number.NaN, 7, Number.NaN]);
  });

  it("a byte order mark", () => {
    for (const text of ["\ufeff", "\ufeff\ufeff", " \ufeff", "\ufeff "]) {
      const body = new TextEncoder().encode(text + SMALL);
      for (const at of [0, 1, 2, 3, 4]) expectSame(body, [at]);
    }
    expectSame(Uint8Array.of(0xef, 0xbb), [1]);
  });

  it("bytes that are no UTF-8, in labels", () => {
    const body = text.encode(envelope('[{"metric":{"a":"zzzz","b":"c"},"values":[]}]'));
    const at = body.indexOf(0x7a);
    for (const broken of [[0xc3], [0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x98, 0x80], [0xed, 0xa0, 0x80, 0xc3]]) {
      body.set(broken, at);
      for (const cutAt of [at, at + 1, at + 2]) expect("data" in expectSame(body, [cutAt])).toBe(true);
    }
  });
});

describe("what is no reply of Prometheus says what it is instead", () => {
  it.each([
    ["", /the answer is empty/],
    [" \n ", /the answer is empty/],
    ["\n <html><body>Log in</body></html>", /the answer is HTML/],
    ["upstream connect error", /it starts "upstream connect error"/],
    ["404 page not found", /it starts "404 page not found"/],
    ['{"status":"succ', /truncated or broken/],
    ["[1,2", /truncated or broken/],
    ["null", /not of Prometheus/],
    ['{"hello":1}', /not of Prometheus/],
    ['{"status":"error","errorType":"bad_data","error":"no","data":"x"}', /bad_data: no/],
    ['{"status":"success"}', /data\.: /],
    ['{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}', /data\.resultType/],
  ])("%j", (answer, message) => {
    const body = text.encode(answer);
    for (const at of [0, 1, 5]) {
      const result = expectSame(body, [Math.min(at, body.length)]);
      expect("refused" in result && result.refused).toMatch(message);
    }
  });

  it("as soon as that is certain", () => {
    const body = text.encode("<html>");
    const endless = function* (): Generator<Uint8Array> {
      for (;;) yield body;
    };
    expect(() => decodeStreamed(endless(), grid)).toThrow(/HTML/);
  });
});

describe("size", () => {
  it("series longer than what is read at once, some of them odd in the middle or at their end", () => {
    const many = { ...grid, count: 4000 };
    const pairs = Array.from(
      { length: many.count },
      (_, i) => `[${(many.from + i * many.stepMs) / 1000},"${i / 7}"]`,
    );
    const series = Array.from({ length: 12 }, (_, n) => {
      const values = pairs.with(2000 + n, n % 2 === 0 ? `[${many.from / 1000}, "NaN"]` : `[17574624e2,"7"]`);
      const histograms = n % 3 === 0 ? ',"histograms":[[1757462400,{}]]' : "";
      return `{"metric":{"n":"${n}"},"values":[${(n % 4 > 1 ? values : pairs).join(",")}]${histograms}}`;
    });
    const body = text.encode(envelope(`[${series.join(",")}]`));
    const expected = outcome(() => decodeWhole(body, many));
    expect("data" in expected && expected.data.notFinite.length).toBe(3);
    for (const size of [1000, 40_000, 2 ** 16, 150_000, body.length]) {
      expect(outcome(() => decodeStreamed(fleeting(cut(body, size)), many))).toEqual(expected);
    }
  });

  it("nesting costs nothing", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const objects = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    for (const nested of [deep, objects]) {
      const body = text.encode(
        `{"x":${nested},"status":"success","data":{"resultType":"matrix","result":[]}}`,
      );
      expect("data" in expectSame(body, [50_000])).toBe(true);
      for (const place of [envelope(`[${nested}]`), envelope(`[{"metric":{},"values":[${nested}]}]`)]) {
        expect(expectSame(text.encode(place), [70_000])).toHaveProperty("refused");
      }
      expect(expectSame(text.encode(nested.slice(0, 150_000)), [])).toHaveProperty("refused");
    }
  });

  it("10 MB of blanks are passed over, 10 MB of brackets and endless blanks refused, in seconds", {
    timeout: 120_000,
  }, () => {
    const megabyteOf = (byte: string): Uint8Array => new Uint8Array(1_000_000).fill(byte.charCodeAt(0));
    const around = function* (
      first: string,
      fill: Uint8Array,
      times: number,
      last: string,
    ): Generator<Uint8Array> {
      yield text.encode(first);
      for (let i = 0; i < times; i++) yield fill;
      yield text.encode(last);
    };
    const started = process.cpuUsage();
    const at = SMALL.indexOf("[[") + 1;
    const reply = decodeStreamed(around(SMALL.slice(0, at), megabyteOf(" "), 10, SMALL.slice(at)), grid);
    expect(reply).toEqual(decodeWhole(text.encode(SMALL), grid));
    expect(() => decodeStreamed(around("", megabyteOf("["), 10, ""), grid)).toThrow(/truncated or broken/);
    expect(() => decodeStreamed(around("", megabyteOf(" "), 10, ""), grid)).toThrow(/empty/);
    for (const start of ["", SMALL.slice(0, at), SMALL.slice(0, -1)])
      expect(() => decodeStreamed(around(start, megabyteOf(" "), 1e9, ""), grid)).toThrow(/in one piece/);
    // Time of the processor, because others may be at work too.
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(20);
  });

  it.each([
    ["series", () => '{"metric":{"a":"b"},"values":[[1757462400,"1"]]},'],
    ["labels", () => `{"metric":{"a":"${"x".repeat(10_000)}"},"values":[[1757462400,"1"]]},`],
    ["odd samples", () => `{"metric":{},"values":[${'[1757462400,"NaN"],'.repeat(1000)}[1757462400,"1"]]},`],
  ])("endless %s are refused as soon as they would fill memory", (_, element) => {
    const many = text.encode(element().repeat(100));
    let bytes = 0;
    const endless = function* (): Generator<Uint8Array> {
      yield text.encode('{"status":"success","data":{"resultType":"matrix","result":[');
      for (;;) {
        bytes += many.length;
        yield many;
      }
    };
    expect(() => decodeStreamed(endless(), grid)).toThrow(
      /which memory should not hold|more than memory should hold/,
    );
    expect(bytes).toBeLessThan(128 * 2 ** 20);
  });

  it("more series than memory holds are refused, not a crash", () => {
    const vast = { ...grid, count: 2 ** 37 };
    expect(outcome(() => decodeStreamed([text.encode(envelope('[{"metric":{}}]'))], vast))).toHaveProperty(
      "refused",
    );
  });
});
