import { badInput } from "./problem.js";

/**
 * A place in a sorted list: what the last one shown was sorted by, its name, and with whom it is put together. Names of
 * others are never in it.
 */
export type ListPlace = readonly [key: number | string | null, name: string, group?: string];

export function formatCursor(place: ListPlace): string {
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
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
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return undefined;
    throw error;
  }
}
