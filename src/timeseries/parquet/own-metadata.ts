import * as z from "zod";
import { AdaCarbonError } from "../../usage/errors.js";
import { SCOPE_KINDS, type Scope } from "../../usage/scope.js";

/** The one key of our own in a Parquet file's key-value metadata. */
export const METADATA_KEY = "ada-carbon";

/** The version of files of eight columns. Those of 0.1.0 were 1 and 2, with metadata of every row. */
const VERSION = 3;

const schema = z.object({
  version: z.number(),
  scope: z.object({ kind: z.enum(SCOPE_KINDS), name: z.string().min(1) }),
});

export function scopeMetadata({ kind, name }: Scope): Map<string, string> {
  return new Map([[METADATA_KEY, JSON.stringify({ version: VERSION, scope: { kind, name } })]]);
}

/**
 * What a file of eight columns says of itself: whose it is, and whether 0.1.0 wrote it. `undefined` for the file of
 * another tool. Throws `store-newer` for one of a newer version.
 */
export function scopeInMetadata(
  metadata: ReadonlyMap<string, string>,
  where: string,
): { readonly scope: Scope; readonly isOfFirstVersion: boolean } | undefined {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) return undefined;
  const said = schema.safeParse(jsonOf(text)).data;
  if (said === undefined) return undefined;
  if (said.version > VERSION) throw newer(where, said.version, VERSION);
  return { scope: said.scope, isOfFirstVersion: said.version < VERSION };
}

/** The error for what a version wrote that is not known yet. */
export function newer(where: string, found: number, known: number): AdaCarbonError {
  return new AdaCarbonError(
    "store-newer",
    `${where} is of version ${found}, this ada-carbon reads up to ${known}; a newer ada-carbon wrote this: upgrade ada-carbon`,
  );
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`it has ${JSON.stringify(text.slice(0, 40))} where JSON belongs`, { cause });
  }
}
