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

/** How often in a row the work is done for one time, so that everybody pays for the garbage that they make. */
const REPEATS = 2;

/** Does the work some times in a row, once more before that to get back what others drove out of the caches. */
export async function timed(run: Contestant["run"]): Promise<{ ms: number; outcome: Outcome | undefined }> {
  const outcome = await run();
  // Young garbage only: a full collection also drops compiled code, and everyone would start cold.
  globalThis.gc?.({ type: "minor", execution: "sync" });
  const begin = performance.now();
  for (let i = 0; i < REPEATS; i++) await run();
  return { ms: (performance.now() - begin) / REPEATS, outcome };
}
