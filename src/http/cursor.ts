import { Buffer } from "node:buffer";
import { badInput } from "./problem.js";

/**
 * A place in a sorted list: what the last one shown was sorted by, its name, and with whom it is put together. Names of
 * others are never in it.
 */
export type ListPlace = readonly [key: number | string | null, name: string, group?: string];

function formatCursor(place: ListPlace): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Refuses (400) what {@link formatCursor} has not made. */
export function parseCursor(text: string): ListPlace {
  const place = decoded(text);
  if (Array.isArray(place) && (place.length === 2 || place.length === 3)) {
    const [key, name, group = ""]: unknown[] = place;
    const isKey = key === null || typeof key === "string" || typeof key === "number";
    if (isKey && typeof name === "string" && typeof group === "string") return [key, name, group];
  }
  throw badInput("this is no cursor of this service; leave it out to begin with the first");
}

/** The first so many of what is left of a list, and the cursor to go on after them; `null` at the end. */
export function firstPage<Item>(
  left: readonly Item[],
  limit: number,
  placeOf: (item: Item) => ListPlace,
): { readonly page: readonly Item[]; readonly cursor: string | null } {
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const isEnd = last === undefined || left.length === page.length;
  return { page, cursor: isEnd ? null : formatCursor(placeOf(last)) };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
