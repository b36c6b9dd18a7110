import { z } from "zod";
import { AdaCarbonError } from "../../../usage/errors.js";
import { SCOPE_KINDS, type ScopeKind } from "../../../usage/scope.js";

/** The one key of our own in a table's key-value metadata. */
const KEY = "ada-carbon";
const VERSION = 1;

/** Which table of a store it is. */
export interface TableFacts {
  readonly kind: ScopeKind;
  /** UTC, such as `2025-09`. */
  readonly month: string;
}

const schema = z.object({ kind: z.enum(SCOPE_KINDS), month: z.string() });
const versionSchema = z.object({ table: z.number() });

export function formatTableFacts({ kind, month }: TableFacts): Map<string, string> {
  return new Map([[KEY, JSON.stringify({ table: VERSION, kind, month })]]);
}

/** Throws `store-newer` for a table of a newer version, and a plain error for one that is not ours. */
export function readTableFacts(metadata: ReadonlyMap<string, string>, path: string): TableFacts {
  const text = metadata.get(KEY);
  if (text === undefined) throw new Error("another tool wrote it");
  const document: unknown = JSON.parse(text);
  const version = versionSchema.safeParse(document).data?.table;
  if (version === undefined) throw new Error("it is not the table of a kind and month");
  if (version > VERSION) {
    throw new AdaCarbonError(
      "store-newer",
      `${path} is a table of version ${version}, this ada-carbon reads up to ${VERSION}; a newer ada-carbon wrote this: upgrade ada-carbon`,
    );
  }
  return schema.parse(document);
}
