// How names become SQL. Values are never part of a statement's text; they are parameters, save the schema's
// name where several statements go together, which take none.

/** An identifier, quoted so that it may contain anything. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a constant, whatever standard_conforming_strings says. */
export function constant(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
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
