import { describe, expect, it } from "vitest";
import { printable, printableJson } from "./printable.js";

describe("a text for a terminal", () => {
  it.each([
    ["an escape sequence", "\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m"],
    ["a title of the window", "\u001b]0;owned\u0007", "\\u{1b}]0;owned\\u{7}"],
    ["a device control string", "\u001bPq\u001b\\", "\\u{1b}Pq\\u{1b}\\"],
    ["one-byte controls", "\u009b31m\u0090\u009d", "\\u{9b}31m\\u{90}\\u{9d}"],
    [
      "a line break of any kind",
      "a\nb\rc\u2028d\u2029e\u0085f",
      "a\\u{a}b\\u{d}c\\u{2028}d\\u{2029}e\\u{85}f",
    ],
    ["a tabulator, a bell, a deletion", "\t\u0007\u007f", "\\u{9}\\u{7}\\u{7f}"],
    ["a text turned round", "\u202etxt.exe\u202c", "\\u{202e}txt.exe\\u{202c}"],
    ["an isolate", "\u2066a\u2069\u200f\u061c", "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}"],
    ["nothing to be seen", "\u200b\u2060\ufeff", "\\u{200b}\\u{2060}\\u{feff}"],
    ["joiners that join nothing", "\u200d\u200c", "\\u{200d}\\u{200c}"],
    ["a joiner at the end of a name", "amara\u200d", "amara\\u{200d}"],
    ["letters and blanks that are blank", "\u3164\u115f\u2800", "\\u{3164}\\u{115f}\\u{2800}"],
    ["tags", "a\u{e0041}", "a\\u{e0041}"],
    ["half a character", "\ud83d", "\\u{d83d}"],
  ])("writes out %s", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each([
    "Zoë Ångström",
    "😀 👩🏽‍🚀 🏳️‍🌈 1️⃣ ❤️",
    "می‌خواهم",
    "क्‍ष",
    "עברית",
    "日本語",
    "a\u00a0b",
    "\\u{1b}",
    "é",
  ])("leaves %s as it is", (text) => {
    expect(printable(text)).toBe(text);
  });

  it("as JSON says the same", () => {
    const document = { "\u202ename": "\u009b31m\n\u001b[0m\u{e0041}", list: ["\u200b", "❤️"] };
    const text = printableJson(JSON.stringify(document, null, 2));
    expect(JSON.parse(text)).toEqual(document);
    expect(text).toContain('"\\u202ename": "\\u009b31m\\n\\u001b[0m\\udb40\\udc41"');
    expect(text.split("\n")).toHaveLength(7);
  });
});
