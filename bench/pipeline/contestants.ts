import { duckdb } from "./duckdb.js";
import { ours } from "./ours.js";
import type { Outcome } from "./outcome.js";
import { jsonParse, prometheusQuery } from "./peers.js";
import type { Task } from "./task.js";

/** Somebody who has been given a task and does it again and again. */
export interface Contestant {
  /** The outcome, unless it only parses. */
  run(): Promise<Outcome | undefined>;
  end?(): void;
}

/** What all are held against. */
export const PARSE = "TextDecoder + JSON.parse";

export const CONTESTANTS: Readonly<Record<string, (task: Task) => Promise<Contestant>>> = {
  [PARSE]: async ({ body }) => ({
    async run() {
      JSON.parse(new TextDecoder().decode(body));
      return undefined;
    },
  }),
  ours: async (task) => ({ run: async () => ours(task) }),
  "JSON.parse + parquet-wasm": async (task) => ({ run: async () => jsonParse(task) }),
  "prometheus-query + parquet-wasm": async (task) => ({ run: async () => prometheusQuery(task) }),
  "DuckDB, 2 threads": duckdb,
};

/**
 * The work is done again and again for so long, and at least twice: everybody pays for the garbage that they make, and
 * nobody more than once for cold caches.
 */
const LEAST_MS = 500;
const LEAST_REPEATS = 2;

/** The mean time of the work, done once more before that to get back what others drove out of the caches. */
export async function timed(run: Contestant["run"]): Promise<{ ms: number; outcome: Outcome | undefined }> {
  const outcome = await run();
  // Young garbage only: a full collection also drops compiled code, and everyone would start cold.
  globalThis.gc?.({ type: "minor", execution: "sync" });
  const begin = performance.now();
  let [repeats, passed] = [0, 0];
  while (repeats < LEAST_REPEATS || passed < LEAST_MS) {
    await run();
    repeats += 1;
    passed = performance.now() - begin;
  }
  return { ms: passed / repeats, outcome };
}
