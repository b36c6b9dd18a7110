import { basename, dirname, join } from "node:path";
import { decodePacked } from "../../timeseries/parquet/decode.js";
import type { PackedSeries } from "../../timeseries/parquet/packed.js";
import { AdaCarbonError } from "../../usage/errors.js";
import { formatScope, type Scope, type ScopeKind } from "../../usage/scope.js";
import { listIfThere, readIfThere } from "./io.js";
import { EXTENSION, fileOf, folderOf } from "./layout.js";
import { decodeName } from "./names.js";

/** What stands at the path of a scope's file. */
export type ScopeFile =
  | { readonly state: "absent" }
  | { readonly state: "stored"; readonly bytes: Uint8Array; readonly series: PackedSeries }
  /** The file system takes two names for one, and the other scope was there first. */
  | { readonly state: "taken"; readonly by: Scope };

/** Reads a scope's file. `store-corrupt` if it is damaged, or the file of another scope. */
export async function readScopeFile(root: string, scope: Scope, signal?: AbortSignal): Promise<ScopeFile> {
  const path = join(root, fileOf(scope));
  const bytes = await readIfThere(path, signal);
  if (bytes === undefined) return { state: "absent" };
  const series = decodePacked(bytes, { where: path, assumeScope: scope });
  if (series.scope.kind === scope.kind && series.scope.name === scope.name)
    return { state: "stored", bytes, series };
  // Where Bob.parquet and bob.parquet are one file, the folder lists it under the name it was made with.
  const listed = (await listIfThere(dirname(path))).includes(basename(path));
  if (!listed) return { state: "taken", by: series.scope };
  throw misplaced(path, series.scope);
}

/**
 * The scope whose file is called `fileName` in the folder of `kind`; `undefined` if it has just gone.
 * `store-corrupt` for a name that no scope has.
 */
export async function scopeOfFile(
  root: string,
  kind: ScopeKind,
  fileName: string,
  signal?: AbortSignal,
): Promise<Scope | undefined> {
  const path = join(root, folderOf(kind), fileName);
  const decoded = decodeName(fileName.slice(0, -EXTENSION.length));
  if (decoded === undefined) {
    throw new AdaCarbonError(
      "store-corrupt",
      `${path} has a name that ada-carbon never gives; rename it, percent-encoded, or move it away`,
    );
  }
  if (decoded !== "hashed") return { kind, name: decoded.name };
  const bytes = await readIfThere(path, signal);
  if (bytes === undefined) return undefined;
  const { scope } = decodePacked(bytes, { where: path });
  if (fileOf(scope) !== `${folderOf(kind)}/${fileName}`) throw misplaced(path, scope);
  return scope;
}

function misplaced(path: string, scope: Scope): AdaCarbonError {
  return new AdaCarbonError(
    "store-corrupt",
    `${path} holds the usage of ${formatScope(scope)}, which belongs into ${fileOf(scope)}; it was left untouched: move it there or away`,
  );
}
