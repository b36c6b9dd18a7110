import { assertArgument, OBJECT } from "../../usage/options.js";
import type { SuiteOptions } from "./suite.js";

/** Names that somebody's quoting, escaping, folding or padding goes wrong on. All are legal, and all differ. */
const HOSTILE: readonly string[] = [
  "Artemis (Matlab)",
  "O'Brien",
  'say "hi"',
  "back`tick",
  "back\\slash",
  "../x",
  "..",
  ".",
  "/",
  "a/b",
  "a\\..\\b",
  "C:\\temp",
  "'; DROP TABLE fact_usage_project; --",
  "$ne",
  "$set.$inc",
  '{"$gt":""}',
  "a.b",
  ".a",
  "a.",
  "%",
  "_",
  "%2E%2E",
  "100%",
  "a:b",
  "project:a",
  "ada",
  "all",
  "totals",
  "00:00",
  "unattributed",
  "null",
  "undefined",
  "NaN",
  "true",
  "0",
  "-1",
  "1e3",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "CON",
  "nul.txt",
  " ",
  " leading",
  "trailing",
  "trailing ",
  "trailing  ",
  "tab\t",
  "new\nline",
  "carriage\r\n",
  "\0",
  "nul\0byte",
  "nul\0",
  "nul",
  "\u0001\u001f\u007f",
  "\\0",
  "\\u0000",
  "%00",
  "\uE000",
  "\uFFFD",
  "caf\u00e9",
  "cafe\u0301",
  "\uFEFFbom",
  "\u202Eright to left",
  "ß",
  "ss",
  "İ",
  "漢字",
  "😀",
  "😀\u200D",
  "\uFF5E",
  "~",
  "*",
  "?",
  "|",
  "<script>",
];

const ONLY_IN_CASE: readonly string[] = ["bob", "Bob", "BOB", "Σ", "σ", "ς"];

const LONG: readonly string[] = [
  "x".repeat(300),
  `${"x".repeat(299)}y`,
  "x".repeat(299),
  "漢".repeat(300),
  "😀".repeat(150),
  "' ".repeat(150),
  `${"long ".repeat(60)}`,
];

/** The names a store with these options must keep apart and give back as they are. */
export function hostileNames(options: SuiteOptions): string[] {
  assertArgument("hostileNames", "options", options, OBJECT);
  const names = [...HOSTILE, ...LONG, ...(options.caseSensitive === false ? [] : ONLY_IN_CASE)];
  const longest = options.largestName ?? Number.POSITIVE_INFINITY;
  return names.filter((name) => name.length <= longest);
}

/** Names that no store may take. */
export const IMPOSSIBLE_NAMES: readonly string[] = ["", "\ud800", "half \udc00 a pair"];
