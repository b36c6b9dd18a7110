import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MACHINE, machineText } from "./machine.js";
import { quantile } from "./turns.js";

const USAGE = `usage: npm run bench -- startup [--json] [--rounds N]

What importing ada-carbon, by its root and by other doors, adds to an empty program, and how long ada-carbon --help takes; from dist/, process by
process in turn.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const module = (code: string): string[] => ["--input-type=module", "-e", code];
const DOORS = ["/timeseries", "/prometheus", "/http", "/kit", "/parquet", "/files", "/sqlite"];
// An import of any module starts the loader: the empty program has one too.
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  empty: module('await import("node:path")'),
  import: module('await import("ada-carbon")'),
  ...Object.fromEntries(DOORS.map((door) => [door, module(`await import("ada-carbon${door}")`)])),
  help: ["dist/cli/main.js", "--help"],
};

const times = new Map(Object.keys(PROGRAMS).map((name): [string, number[]] => [name, []]));
for (let round = -1; round < Number(values.rounds); round++) {
  for (const [name, args] of Object.entries(PROGRAMS)) {
    const begin = performance.now();
    execFileSync(process.execPath, args, { cwd: root, stdio: "ignore" });
    if (round >= 0) times.get(name)?.push(performance.now() - begin);
  }
}
const median = (name: string): number => {
  const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
  return quantile(sorted, 0.5);
};
const result = {
  emptyMs: median("empty"),
  importMs: median("import") - median("empty"),
  doorsMs: Object.fromEntries(DOORS.map((door) => [door, median(door) - median("empty")])),
  helpMs: median("help"),
};

if (values.json) console.log(JSON.stringify({ machine: MACHINE, rounds: Number(values.rounds), ...result }));
else {
  console.log(`${machineText()}; medians of ${values.rounds}`);
  console.log(`an empty program       ${result.emptyMs.toFixed(0)} ms`);
  console.log(`importing ada-carbon   ${result.importMs.toFixed(0)} ms more`);
  for (const [door, ms] of Object.entries(result.doorsMs))
    console.log(`  ${door.padEnd(20)} ${ms.toFixed(0)} ms more`);
  console.log(`ada-carbon --help      ${result.helpMs.toFixed(0)} ms in all`);
}
