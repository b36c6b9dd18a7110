import { join } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import { SCOPE_KINDS, type ScopeKind } from "../../usage/scope.js";
import { listIfThere } from "./io.js";
import { viewOf } from "./journal.js";
import { EXTENSION, folderOf, PUBLISHED_KINDS } from "./layout.js";
import { readPublished } from "./publish.js";
import { tablesOf } from "./tables.js";

/** Refuses a folder in which ada-carbon 0.1.0 kept a file a scope. It is looked for only where a kind has no table. */
export async function assertTables(root: string, kinds: readonly ScopeKind[] = SCOPE_KINDS): Promise<void> {
  for (const kind of kinds) {
    const tables = await tablesOf(viewOf(root, []), kind);
    if (tables.length === 0 && (await isOfFirstVersion(root, kind))) {
      throw new AdaCarbonError(
        "store-unprepared",
        `${join(root, folderOf(kind))} was written by ada-carbon 0.1.0, a file a scope, which this version does not read; make a new folder of it, which keeps its numbers but not coverage and provenance: ada-carbon import $(find ${join(root, "usage")} -name '*.parquet') --out NEW_DIR`,
      );
    }
  }
}

async function isOfFirstVersion(root: string, kind: ScopeKind): Promise<boolean> {
  const folder = join(root, folderOf(kind));
  for (const name of await listIfThere(folder)) {
    if (!name.endsWith(EXTENSION)) continue;
    if (!PUBLISHED_KINDS.includes(kind)) return true;
    if ((await readPublished(join(folder, name)))?.said?.isOfFirstVersion === true) return true;
  }
  return false;
}
