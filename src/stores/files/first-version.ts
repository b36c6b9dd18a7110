import { join } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import { SCOPE_KINDS, type ScopeKind } from "../../usage/scope.js";
import { isThere, listIfThere } from "./io.js";
import { EXTENSION, folderOf, tableOf } from "./layout.js";
import { monthsOf } from "./tables.js";

/**
 * Refuses a folder in which ada-carbon 0.1.0 kept a file a scope instead of tables. It is looked for only where a kind
 * has no table.
 */
export async function assertTables(root: string, kinds: readonly ScopeKind[] = SCOPE_KINDS): Promise<void> {
  for (const kind of kinds) {
    const names = await listIfThere(join(root, folderOf(kind)));
    const isFile = (name: string): boolean =>
      name === (kind === "ada" ? `ada${EXTENSION}` : name) && name.endsWith(EXTENSION);
    if (!names.some(isFile) || (await hasTable(root, kind))) continue;
    throw new AdaCarbonError(
      "store-unprepared",
      `${join(root, folderOf(kind))} was written by ada-carbon 0.1.0, a file a scope, which this version does not read; make a new folder of it: ada-carbon import $(find ${join(root, "usage")} -name '*.parquet') --out NEW_DIR, which keeps hours and numbers, but not coverage and provenance`,
    );
  }
}

async function hasTable(root: string, kind: ScopeKind): Promise<boolean> {
  for (const month of await monthsOf(root, kind)) {
    if (await isThere(join(root, tableOf(kind, month)))) return true;
  }
  return false;
}
