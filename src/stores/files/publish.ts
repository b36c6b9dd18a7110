import { basename, dirname, join } from "node:path";
import { readSchema } from "parquet-wasm";
import { EIGHT_COLUMNS } from "../../timeseries/parquet/columns.js";
import { arrowTable, eightColumnSeries, namingFile } from "../../timeseries/parquet/decode.js";
import { encodeUsage } from "../../timeseries/parquet/encode.js";
import { scopeInMetadata } from "../../timeseries/parquet/own-metadata.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import { formatScope, type Scope, type ScopeKind } from "../../usage/scope.js";
import { emptySeries, mergeAll, type UsageSeries } from "../../usage/series.js";
import { oneFile } from "./apart.js";
import type { Stage } from "./folder-writer.js";
import { listIfThere, readIfThere } from "./io.js";
import { fileOf, PUBLISHED_KINDS, tableOf } from "./layout.js";
import { TableFile } from "./tables/table-file.js";
import { tablesOf } from "./tables.js";

/** Puts the documents' eight-column files of those scopes that have one on the stage, made of the tables as they will be. */
export async function publish(
  root: string,
  stage: Stage,
  scopes: readonly Scope[],
  signal?: AbortSignal,
): Promise<void> {
  for (const kind of PUBLISHED_KINDS) {
    const ofKind = new Map(scopes.flatMap((scope) => (scope.kind === kind ? [[scope.name, scope]] : [])));
    if (ofKind.size === 0) continue;
    const parts = await partsOf(stage, kind, ofKind, signal);
    for (const scope of ofKind.values()) {
      signal?.throwIfAborted();
      await publishOne(root, stage, scope, parts.get(scope.name) ?? []);
    }
  }
}

/** The rows of scopes by name, table by table: a table is read once for all of them. */
async function partsOf(
  stage: Stage,
  kind: ScopeKind,
  scopes: ReadonlyMap<string, Scope>,
  signal?: AbortSignal,
): Promise<Map<string, UsageSeries[]>> {
  const parts = new Map<string, UsageSeries[]>();
  const view = stage.view();
  for (const place of await tablesOf(view, kind)) {
    signal?.throwIfAborted();
    await using table = await TableFile.open(place, view.pathsOf(tableOf(place)));
    if (table === undefined) continue;
    const ranges = await table.ranges();
    const rows = await table.rows({ columns: EIGHT_COLUMNS.map(({ name }) => name) });
    for (const [name, scope] of scopes) {
      const range = ranges.get(name);
      if (range === undefined) continue;
      const part = table.naming(() => eightColumnSeries(scope, rows.slice(range.from, range.to)));
      parts.set(name, [...(parts.get(name) ?? []), part]);
    }
  }
  return parts;
}

async function publishOne(
  root: string,
  stage: Stage,
  scope: Scope,
  parts: readonly UsageSeries[],
): Promise<void> {
  const target = fileOf(scope);
  const before = await readPublished(join(root, target));
  if (before !== undefined) await assertOurs(root, scope, before.said?.scope);
  const [first, ...rest] = parts;
  if (first === undefined && before === undefined) return;
  const content = encodeUsage(
    first === undefined ? emptySeries(scope, [], NO_PROVENANCE) : mergeAll([first, ...rest]),
  );
  if (before !== undefined && Buffer.compare(content, before.bytes) === 0) return;
  await stage.put({ target, content, isEmpty: first === undefined });
}

/** A file of eight columns and what it says of itself, if it is there. */
export async function readPublished(
  path: string,
): Promise<{ bytes: Uint8Array; said: ReturnType<typeof scopeInMetadata> } | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  const schema = namingFile(path, () => arrowTable(() => readSchema(bytes).intoIPCStream()).schema);
  return { bytes, said: namingFile(path, () => scopeInMetadata(schema.metadata, path)) };
}

/** Refuses to write over a file that this store has not published. */
async function assertOurs(root: string, scope: Scope, owner: Scope | undefined): Promise<void> {
  const target = fileOf(scope);
  const path = join(root, target);
  if (owner === undefined) {
    throw new AdaCarbonError(
      "store-corrupt",
      `${path} was written by another tool, where this store publishes the hours of ${formatScope(scope)}; it was left untouched: move it away, then take its hours in with ada-carbon import`,
    );
  }
  const belongs = fileOf(owner);
  if (belongs === target) return;
  // Where Bob.parquet and bob.parquet are one file, the folder lists it under the name it was made with.
  if (!(await listIfThere(dirname(path))).includes(basename(path))) throw oneFile(root, target, belongs);
  throw new AdaCarbonError(
    "store-corrupt",
    `${path} holds the usage of ${formatScope(owner)}, which belongs into ${belongs}; it was left untouched: move it there or away`,
  );
}
