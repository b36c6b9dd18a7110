// How names become SQL. Values are never part of a statement's text; they are parameters.

/** An identifier, quoted so that it may contain anything. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// Text in PostgreSQL cannot hold NUL. DLE ("data link escape") marks it; an ordinary name has neither.
const ESCAPE = "\u0010";
const NUL = "\0";

/** A name as PostgreSQL can hold it: itself, unless it contains U+0000 or U+0010. */
export function toText(name: string): string {
  if (!name.includes(NUL) && !name.includes(ESCAPE)) return name;
  return name.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll(NUL, `${ESCAPE}0`);
}

/** The name that {@link toText} made this of. */
export function fromText(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replaceAll(`${ESCAPE}0`, NUL).replaceAll(`${ESCAPE}1`, ESCAPE);
}

/** {@link toText} that lets `null` through. */
export function toTextOrNull(name: string | null): string | null {
  return name === null ? null : toText(name);
}

/** {@link fromText} that lets NULL through. */
export function fromTextOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : fromText(text);
}

/** The numbers of an array of numbers in PostgreSQL's text form, NULL as NaN. */
export function numbersOf(array: string): number[] {
  if (array === "{}") return [];
  return array.slice(1, -1).split(",").map(Number);
}
