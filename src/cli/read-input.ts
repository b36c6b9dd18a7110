import { readFile } from "node:fs/promises";
import { AdaCarbonError } from "../usage/errors.js";

/** The text of a file that a flag names; `what` is in it, in the plural, for the message. */
export async function readInput(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new AdaCarbonError("bad-input", `${path}: the ${what} cannot be read (${reason})`, { cause });
  }
}
