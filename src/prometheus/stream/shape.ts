import type { Kind } from "./scanner.js";

/** What a reply holds against the promise of its API: where in `data`, and what; in the words of the schemas. */
export interface Misshape {
  readonly path: string;
  readonly message: string;
}

export function misshape(path: string, expected: string, received: Kind | "undefined"): Misshape {
  return { path, message: `Invalid input: expected ${expected}, received ${received}` };
}
