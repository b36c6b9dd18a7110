import { Buffer } from "node:buffer";
import { badInput } from "./problem.js";

/**
 * A place in a sorted list: what the last one shown was sorted by, its name, and with whom it is put together. Names of
 * others are never in it.
 */
export type ListPlace = readonly [key: number | string | null, name: string, group?: string];

export function formatCursor(place: ListPlace): string {
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

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
