import { badQuery } from "./errors.js";

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
]);

/** The value of a quoted string literal, by Go's rules. Between backticks nothing is an escape. */
export function unquote(literal: string): string {
  const quote = literal.charAt(0);
  const body = literal.slice(1, -1);
  if (quote === "`") return body;
  return body.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3})|(.))/gs,
    (written, short?: string, long?: string, byte?: string, octal?: string, simple?: string) => {
      const hex = short ?? long ?? byte;
      if (hex !== undefined) return codePoint(Number.parseInt(hex, 16), written);
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8), written);
      const character = simple === quote ? quote : SIMPLE.get(simple ?? "");
      if (character === undefined) throw badQuery(`parse error: unknown escape sequence ${written}`);
      return character;
    },
  );
}

function codePoint(code: number, written: string): string {
  // \x and octal escapes above ASCII are bytes of UTF-8 in Go, which a JavaScript string does not have.
  if (code > 0x10ffff || (code > 0x7f && !/^\\u/i.test(written)))
    throw badQuery(`parse error: escape sequence ${written} is not supported`);
  return String.fromCodePoint(code);
}
