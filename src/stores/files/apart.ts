import { basename, dirname, join } from "node:path";
import { AdaCarbonError } from "../../usage/errors.js";
import { isThere } from "./io.js";
import type { Change } from "./journal.js";

/** Two new files whose names differ only in case must not become one on a disk that ignores case. */
export async function assertApart(root: string, staged: readonly Change[]): Promise<void> {
  const seen = new Map<string, Change>();
  for (const change of staged) {
    const folded = change.target.toLowerCase();
    const other = seen.get(folded);
    seen.set(folded, change);
    if (other !== undefined && (await ignoresCase(root, change.temporary))) {
      throw oneFile(root, change.target, other.target);
    }
  }
}

/** Whether a file is also there under its name in capitals. */
async function ignoresCase(root: string, temporary: string): Promise<boolean> {
  return isThere(join(root, dirname(temporary), basename(temporary).toUpperCase()));
}

/** The error for two names that the file system takes for one. */
export function oneFile(root: string, target: string, other: string): AdaCarbonError {
  return new AdaCarbonError(
    "store-unavailable",
    `${target} and ${other} are one file on the file system of ${root}, which ignores case; choose a folder on one that does not`,
  );
}
