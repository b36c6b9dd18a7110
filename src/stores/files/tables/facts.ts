import * as z from "zod";
import { jsonOf, METADATA_KEY, newer } from "../../../timeseries/parquet/own-metadata.js";
import { SCOPE_KINDS } from "../../../usage/scope.js";
import type { TablePlace } from "../layout.js";

const VERSION = 1;
const versionSchema = z.object({ table: z.number() });
const schema = z.object({ kind: z.enum(SCOPE_KINDS), month: z.string() });

/** Which kind and month the rows of a table are of. */
export type TableFacts = Pick<TablePlace, "kind" | "month">;

export function factsMetadata({ kind, month }: TableFacts): Map<string, string> {
  return new Map([[METADATA_KEY, JSON.stringify({ table: VERSION, kind, month })]]);
}

/** Refuses metadata of a newer version (`store-newer`), of another tool, and of another kind or month. */
export function assertFacts(metadata: ReadonlyMap<string, string>, place: TableFacts, path: string): void {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) throw new Error("another tool wrote it");
  const version = versionSchema.safeParse(jsonOf(text)).data?.table;
  if (version === undefined) throw new Error("it is not the table of a kind and month");
  if (version > VERSION) throw newer(path, version, VERSION);
  const found = schema.parse(jsonOf(text));
  if (found.kind === place.kind && found.month === place.month) return;
  throw new Error(
    `it is the table of kind=${found.kind} and month=${found.month}, in the place of kind=${place.kind} and month=${place.month}`,
  );
}
