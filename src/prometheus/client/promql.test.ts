import { describe, expect, it } from "vitest";
import { oneOf, quote, quoteRegex, selector } from "./promql.js";

describe("label values in PromQL", () => {
  it.each([
    ["plain", '"plain"'],
    ['with "quotes"', '"with \\"quotes\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["line\nbreak\r", '"line\\nbreak\\r"'],
    ['"} or vector(1) #', '"\\"} or vector(1) #"'],
    ["bell\x07, next line\x85, line\u2028", '"bell\\u0007, next line\\u0085, line\\u2028"'],
    ["lone \ud800 surrogate", '"lone \ufffd surrogate"'],
  ])("%j", (value, quoted) => {
    expect(quote(value)).toBe(quoted);
  });

  it("are literals inside a regular expression", () => {
    expect(quoteRegex("a.b-c (d) [e] {f} ^$|*+?\\")).toBe(
      "a\\.b-c \\(d\\) \\[e\\] \\{f\\} \\^\\$\\|\\*\\+\\?\\\\",
    );
  });

  it("match exactly, one or many", () => {
    expect(selector("up", [oneOf("p", ["a.b"])])).toBe('up{p="a.b"}');
    expect(selector("up", [oneOf("p", ["a.b", 'c"|d'])])).toBe('up{p=~"a\\\\.b|c\\"\\\\|d"}');
  });

  it("stand beside a metric whose name only Prometheus 3 allows", () => {
    expect(selector("lab.busy:1h", [oneOf("cloud.project", ["a"])])).toBe(
      '{"lab.busy:1h","cloud.project"="a"}',
    );
    expect(selector("ours:busy:1h", [])).toBe("ours:busy:1h{}");
    expect(selector("", [oneOf("p", ["a"])])).toBe('{p="a"}');
  });
});
