import { AdaCarbonError } from "../../usage/errors.js";

// A store says the version of its tables or documents by a number that it keeps beside them. Version n is what
// the first n steps of its migration make, so version 0 is a place where nothing of ours is. A step that has
// been published is never changed, only followed by another.

/** The steps that lead from the stored version to the newest. A newer one is `store-newer`. */
export function stepsAfter<Step>(stored: number, steps: readonly Step[], where: string): readonly Step[] {
  assertNotNewer(stored, steps.length, where);
  return steps.slice(stored);
}

/** Refuses (`store-newer`) what a later version of this library has written. */
export function assertNotNewer(stored: number, known: number, where: string): void {
  if (stored <= known) return;
  throw new AdaCarbonError(
    "store-newer",
    `${where} was written by a newer ada-carbon (version ${stored}, this one knows up to ${known}); upgrade ada-carbon`,
  );
}

/**
 * What a call says where `migrate` has to be called first.
 *
 * @param stored The version that is there; 0 for none.
 * @param storeFlag What follows `--store` in a command that the reader can run, without credentials.
 */
export function unprepared(stored: number, where: string, storeFlag: string): AdaCarbonError {
  const found = stored === 0 ? "no tables of ada-carbon" : "tables of an earlier ada-carbon";
  const todo = stored === 0 ? "make them with" : "bring them forward with";
  return new AdaCarbonError(
    "store-unprepared",
    `${where} has ${found}; ${todo}: ada-carbon migrate --store ${storeFlag}`,
  );
}
