import { badQuery } from "./errors.js";

export type TokenKind = "word" | "number" | "duration" | "string" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, its value. */
  readonly text: string;
  /** Offset in the query, for messages. */
  readonly at: number;
}

const BLANK = /(?:\s|#[^\n]*)+/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\w)/y;
const WORD = /[A-Za-z_:][\w:]*/y;
const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`/y;
const SYMBOL = /==|!=|=~|!~|<=|>=|[-+*/%^<>=(){}[\],:@]/y;

/** A query as tokens, ending with one of kind `end`. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let inBrackets = false;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };

  while (at < query.length) {
    const blank = match(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    // In `[1h:1m]` the colon separates; anywhere else it may be part of a metric's name.
    const patterns: [TokenKind, RegExp][] = [
      ["duration", DURATION],
      ["number", NUMBER],
      ...(inBrackets ? [] : [["word", WORD] satisfies [TokenKind, RegExp]]),
      ["string", STRING],
      ["symbol", SYMBOL],
    ];
    const token = firstMatch(patterns, match);
    if (token === undefined) throw badQuery(`parse error at char ${at + 1}: unexpected ${query.charAt(at)}`);
    const [kind, text] = token;
    if (kind === "symbol" && (text === "[" || text === "]")) inBrackets = text === "[";
    tokens.push({ kind, text: kind === "string" ? unquote(text) : text, at });
    at += text.length;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function firstMatch(
  patterns: readonly [TokenKind, RegExp][],
  match: (pattern: RegExp) => string | undefined,
): [TokenKind, string] | undefined {
  for (const [kind, pattern] of patterns) {
    const text = match(pattern);
    if (text !== undefined) return [kind, text];
  }
  return undefined;
}

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
function unquote(literal: string): string {
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
