// How names and numbers become SQL. Values are never part of a statement's text; they are its parameters.

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

/** An instant in UTC milliseconds as a parameter. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

const FIRST = Date.UTC(1000, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23);

/**
 * Where an interval begins or ends, also one that is wider than PostgreSQL's instants. What is stored has whole
 * milliseconds, so a part of one counts as the next.
 */
export function bound(ms: number): string {
  if (ms > LAST) return "infinity";
  return ms < FIRST ? "-infinity" : instant(Math.ceil(ms));
}

/** Selects an instant as UTC milliseconds. */
export function milliseconds(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

/** A number that may be NULL. */
export function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}
