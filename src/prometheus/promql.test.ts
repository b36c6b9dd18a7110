import { describe, expect, it } from "vitest";
import { oneOf, quote, quoteRegex, selector } from "./promql.js";

describe("label values in PromQL", () => {
  it.each([
    ["plain", '"plain"'],
    ['with "quotes"', '"with \\"quotes\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["line\nbreak\r", '"line\\nbreak\\r"'],
    ['"} or vector(1) #', '"\\"} or vector(1) #"'],
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
});
