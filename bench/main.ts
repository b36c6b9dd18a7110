import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

// npm run bench [-- NAME] [OPTION]...: one process for each benchmark, so that none warms up another.

interface Benchmark {
  readonly script: string;
  readonly args?: readonly string[];
  /** Only when it is asked for by name. */
  readonly isLong?: true;
  /** Put into one file first, as the package is: what tsx adds to functions costs time in hot ones. */
  readonly bundled?: boolean;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  decode: { script: "decode.ts" },
  pipeline: { script: "pipeline.ts", bundled: true },
  rollup: { script: "rollup.ts", bundled: true },
  startup: { script: "startup.ts" },
  workspaces: { script: "workspaces.ts", bundled: true },
  viewers: { script: "viewers.ts" },
  page: { script: "page.ts" },
  stores: { script: "run.ts", args: ["stores"] },
  replay: { script: "replay.ts" },
  scale: { script: "scale.ts", isLong: true },
  append: { script: "append.ts", bundled: true },
  servers: { script: "servers.ts" },
  truth: { script: "truth.ts" },
};

const [first = "", ...rest] = process.argv.slice(2);
const all = first === "" || first === "--json";
const names = all ? Object.keys(BENCHMARKS).filter((name) => BENCHMARKS[name]?.isLong !== true) : [first];
const options = all ? process.argv.slice(2) : rest;
if (names.some((name) => !Object.hasOwn(BENCHMARKS, name))) {
  console.error(`usage: npm run bench [-- NAME] [--json] [--help]

Without a name, all of them but scale, one after the other; that takes a quarter of an hour. They are:
${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}

let worst = 0;
for (const name of names) {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) continue;
  if (all && !options.includes("--json")) console.log(`\n${name}`);
  const script = benchmark.bundled === true ? await bundle(name, benchmark) : here(benchmark.script);
  const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning"];
  const loader = benchmark.bundled === true ? [] : ["--import", "tsx"];
  const { status } = spawnSync(
    process.execPath,
    [...flags, ...loader, script, ...(benchmark.args ?? []), ...options],
    { stdio: "inherit" },
  );
  worst = Math.max(worst, status ?? 1);
}
process.exit(worst);

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The benchmark and the sources it measures as one file, which finds the dependencies from where it lies. */
async function bundle(name: string, { script }: Benchmark): Promise<string> {
  const outDir = here("../node_modules/.cache/ada-carbon-bench");
  mkdirSync(outDir, { recursive: true });
  await build({
    entry: { [name]: here(script) },
    outDir,
    format: "esm",
    platform: "node",
    target: "node22",
    config: false,
    silent: true,
    // Development dependencies are none that tsup leaves out by itself.
    external: ["@duckdb/node-api", "prometheus-query", "cli-table3"],
    removeNodeProtocol: false,
    tsconfig: here("../tsconfig.json"),
    outExtension: () => ({ js: ".mjs" }),
  });
  return `${outDir}/${name}.mjs`;
}
