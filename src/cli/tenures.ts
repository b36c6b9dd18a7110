import { readFile } from "node:fs/promises";
import { tenureList } from "../attribution/sources.js";
import type { TenureSource } from "../attribution/tenure.js";
import { AdaCarbonError } from "../usage/errors.js";

/** Tenures from a CSV or JSON file. */
export async function tenureSource(path: string): Promise<TenureSource> {
  const { parseTenures } = await import("../attribution/tenure-text.js");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new AdaCarbonError("bad-input", `${path}: the tenures cannot be read (${reason})`, { cause });
  }
  return tenureList(path, parseTenures(text, path));
}
