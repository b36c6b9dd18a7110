import * as z from "zod";
import { firstIssue } from "../../intensity/instant.js";
import { AdaCarbonError, isAdaCarbonError } from "../../usage/errors.js";
import { assertNotNewer } from "../kit/versions.js";
import { readIfThere } from "./io.js";

/** The member of our own in the documents whose other members have the source documents' shape. */
export const OURS = "ada_carbon";

/** What is in a JSON file, or `undefined` if there is none. `store-corrupt` if it is not JSON. */
export async function readJson(path: string, signal?: AbortSignal): Promise<unknown> {
  const bytes = await readIfThere(path, signal);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt(path, "it is not JSON, or was cut off", cause);
  }
}

const versioned = z.object({ [OURS]: z.object({ version: z.number() }) });

/** `value` as what the schema describes; `store-newer` if its own member says so, else `store-corrupt`. */
export function parseDocument<T>(schema: z.ZodType<T>, value: unknown, path: string, version: number): T {
  const said = versioned.safeParse(value);
  if (said.success) assertNotNewer(said.data[OURS].version, version, path);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw corrupt(path, firstIssue(parsed.error), parsed.error);
}

/** Throws `store-corrupt` for what `assert` refuses. */
export function assertAccepted(path: string, assert: () => void): void {
  try {
    assert();
  } catch (error) {
    if (!isAdaCarbonError(error)) throw error;
    throw corrupt(path, error.message, error);
  }
}

/** The error for a document that is not what it should be. */
export function corrupt(path: string, what: string, cause?: unknown): AdaCarbonError {
  const line = `${path} cannot be read: ${what}; it was left untouched: correct it, restore it from a backup, or move it away`;
  return new AdaCarbonError("store-corrupt", line, { cause });
}
