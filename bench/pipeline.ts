import { parseArgs } from "node:util";
import { type BodyShape, LONG, WIDE } from "./decode-bodies.js";
import { MACHINE, machineText } from "./machine.js";
import { duckdb } from "./pipeline/duckdb.js";
import { ours } from "./pipeline/ours.js";
import { expectSame, type Outcome } from "./pipeline/outcome.js";
import { jsonParse, prometheusQuery } from "./pipeline/peers.js";
import { type Task, taskOf } from "./pipeline/task.js";
import { type Ratio, rounds, table } from "./turns.js";

const USAGE = `usage: npm run bench -- pipeline [--json] [--rounds N] [--quick]

From the bytes of a range reply to Parquet files: CPU-seconds, kWh and gCO2eq, hour by hour, of every project
and machine. Each contestant beside TextDecoder + JSON.parse of the same bytes (1.0, and no more work done than
that), all in one process, turn by turn, in another order each round; all must come to the same sums.
--quick: the large body, ours and JSON.parse only; what the tests watch.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "7" },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const PARSE = "TextDecoder + JSON.parse";
const SHAPES: Readonly<Record<string, BodyShape>> = values.quick
  ? { long: LONG }
  : { long: LONG, wide: WIDE };

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const lines: (Ratio & { body: string; megabytes: number })[] = [];
for (const [name, shape] of Object.entries(SHAPES)) {
  const task = taskOf(name, shape);
  const ratios = await measure(task);
  lines.push(...ratios.map((ratio) => ({ body: name, megabytes: task.body.length / 1e6, ...ratio })));
}
if (values.json)
  console.log(JSON.stringify({ machine: MACHINE, rounds: Number(values.rounds), lines }, null, 2));
else {
  console.log(`${machineText()}; ${values.rounds} rounds`);
  console.log(
    table(lines.map(({ body, megabytes, ...line }) => [`${body} ${megabytes.toFixed(1)} MB`, line])),
  );
}

async function measure(task: Task): Promise<Ratio[]> {
  const duck = values.quick ? undefined : await duckdb(task);
  const outcomes = new Map<string, Outcome>();
  const kept = (who: string, run: (task: Task) => Outcome | Promise<Outcome>) => async (): Promise<void> => {
    outcomes.set(who, await run(task));
  };
  const peers =
    duck === undefined
      ? {}
      : {
          "JSON.parse + parquet-wasm": kept("JSON.parse", jsonParse),
          "prometheus-query + parquet-wasm": kept("prometheus-query", prometheusQuery),
          "DuckDB, 2 threads": kept("DuckDB", duck.run),
        };
  const contestants = {
    [PARSE]: async () => void JSON.parse(new TextDecoder().decode(task.body)),
    ours: kept("ours", ours),
    ...peers,
  };
  const ratios = await rounds(contestants, PARSE, Number(values.rounds));
  expectSame(outcomes);
  duck?.end();
  return ratios;
}
