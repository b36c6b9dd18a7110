import { readFile } from "node:fs/promises";
import { badInput } from "../usage/errors.js";

/**
 * The text of a file that a flag names, without a mark of byte order; `what` is in it, in the plural, for the message.
 * A file that is not UTF-8 is refused: names in it would be others.
 */
export async function readInput(path: string, what: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw badInput(`${path}: the ${what} cannot be read (${reasonOf(cause)})`, cause);
  }
}

/** What the codes mean that people meet. */
const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  EACCES: "this user may not",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is no text in UTF-8; save it as that, unpacked",
};

/**
 * Why a file cannot be read or written, for a message: the system's code where it is a rare one. `missing` is said where
 * nothing is at the path.
 */
export function reasonOf(cause: unknown, missing = "there is no such file"): string {
  if (!(cause instanceof Error && "code" in cause)) return String(cause);
  if (hasCode(cause, "ENOENT")) return missing;
  return REASONS[String(cause.code)] ?? String(cause.code);
}

/** Whether the system refused with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
