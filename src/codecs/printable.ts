/** What moves the cursor, ends a line, turns the direction of writing round, or cannot be seen. */
const HARMFUL = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\p{DI}\u2800]`;
/** Joiners of scripts and emoji, and variants of a sign, where they do their work: beside what can be seen. */
const SEEN = String.raw`[\p{L}\p{M}\p{N}\p{S}]`;
const AT_WORK = String.raw`(?<=${SEEN})(?:[\u200c\u200d](?=${SEEN})|[\ufe00-\ufe0f])`;

const UNPRINTABLE = new RegExp(`(?!${AT_WORK})${HARMFUL}`, "gu");

/**
 * A text as a terminal may have it: one line, in the order in which it is written, with everything in it to be seen.
 * A name, a label value or what a server says may hold escape sequences, line breaks and reversals of the writing
 * direction, which a terminal obeys; these are written out, such as `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** A JSON text that says the same, with the escapes of JSON in the place of what a terminal would obey. */
export function printableJson(json: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replace(UNPRINTABLE, (char) => (char === "\n" ? char : char.split("").map(escaped).join("")));
}
