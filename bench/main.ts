import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// npm run bench -- NAME [OPTION]...: one process for each benchmark, so that none warms up another.

const BENCHMARKS: Readonly<Record<string, readonly string[]>> = {
  stores: ["run.ts", "stores"],
  rollup: ["rollup.ts"],
  decode: ["decode.ts"],
};

const [name = "", ...options] = process.argv.slice(2);
const [script, ...fixed] = BENCHMARKS[name] ?? [];
if (script === undefined) {
  console.error(`usage: npm run bench -- NAME [--json]\n\nbenchmarks: ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}
const path = fileURLToPath(new URL(script, import.meta.url));
const { status } = spawnSync("tsx", [path, ...fixed, ...options], { stdio: "inherit" });
process.exit(status ?? 1);
