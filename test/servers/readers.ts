import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { requireServer } from "./prometheus.ts";

/** A Python with pandas, pyarrow, polars, fastparquet and pyspark 3.5, which needs Java 17. */
const PYTHON: string = process.env.READERS_PYTHON ?? "readers-python";
const SCRIPT: string = fileURLToPath(new URL("./readers.py", import.meta.url));
const PATIENCE_MS = 300_000;

/** {@link requireServer} for the Parquet readers of Python. */
export function requireReaders(): boolean {
  return requireServer("Python's readers of Parquet", [{ path: PYTHON, variable: "READERS_PYTHON" }]);
}

/** What the script `readers.py` prints, which is JSON. */
export async function readers(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(PYTHON, ["-W", "ignore", SCRIPT, ...args], {
    timeout: PATIENCE_MS,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
