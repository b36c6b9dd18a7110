import { parseArgs } from "node:util";
import Table from "cli-table3";
import { MACHINE, machineText } from "./machine.js";
import { type Measured, measure, type Repeats, type Skipped } from "./measure.js";
import { QUICK, type Scale, scopesOf, YEAR } from "./year.js";

const ENGINES = ["files", "sqlite", "postgres", "mongodb"];
const USAGE = `usage: npm run bench -- stores [--quick] [--json] [--only files,sqlite,...] [--loads N] [--appends N]

Writes a year of hourly usage (${scopesOf(YEAR).length} scopes) through every store, reads it back, and appends
single hours, each beside the best that the engine under it does with the same rows, turn by turn.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", default: ENGINES.join(",") },
    loads: { type: "string" },
    appends: { type: "string", default: "9" },
    help: { type: "boolean", default: false },
  },
});
const engines = values.only.split(",");
const unknown = engines.find((engine) => !ENGINES.includes(engine));
if (values.help || positionals.join(" ") !== "stores" || unknown !== undefined) {
  console.error(
    unknown === undefined ? USAGE : `there is no engine ${unknown}; there are ${ENGINES.join(", ")}`,
  );
  process.exit(values.help ? 0 : 2);
}

const scale: Scale = values.quick ? QUICK : YEAR;
const repeats: Repeats = {
  loads: values.loads === undefined ? undefined : Number(values.loads),
  appends: Number(values.appends),
};
const results: (Measured | Skipped)[] = [];
for (const engine of engines) {
  if (!values.json) console.error(`measuring ${engine} ...`);
  const result = await measure(engine, scale, repeats);
  results.push(result);
  // The whole may take a quarter of an hour: what is known is said at once.
  if (!values.json && !("skipped" in result)) console.error(line(result).join("  "));
}

if (values.json) console.log(JSON.stringify({ machine: MACHINE, scale, repeats, results }, null, 2));
else print();

function print(): void {
  const rows = scopesOf(scale).length * scale.hours;
  console.log(machineText());
  console.log(
    `${scopesOf(scale).length} scopes x ${scale.hours} hours = ${rows} rows; medians of the loads and of ${repeats.appends} appends`,
  );
  const table = new Table({
    head: [
      "store",
      "beside",
      "loads",
      "load, rows/s",
      "engine, rows/s",
      "share (goal 0.50)",
      "append, ms",
      "engine, ms",
      "times (goal)",
      "read back, rows/s",
      "error",
      "peak MB",
    ],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    if ("skipped" in result)
      table.push([result.engine, { colSpan: 11, content: `skipped: ${result.skipped}` }]);
    else table.push(line(result));
  }
  console.log(table.toString());
}

function line({ engine, bare, rows, load, append, readBack, peakMb }: Measured): string[] {
  const perSecond = (ms: number, of = rows): string => Math.round(of / (ms / 1000)).toLocaleString("en");
  const share = readBack.rows === rows ? "" : ` (of ${((100 * readBack.rows) / rows).toFixed(0)}% of them)`;
  const spread = (times: { readonly spread: number }): string => ` (x${times.spread.toFixed(2)})`;
  return [
    engine,
    bare,
    String(load.ours.all.length),
    perSecond(load.ours.median) + spread(load.ours),
    perSecond(load.bare.median) + spread(load.bare),
    (load.bare.median / load.ours.median).toFixed(2),
    append.ours.median.toFixed(1) + spread(append.ours),
    append.bare.median.toFixed(1) + spread(append.bare),
    `${(append.ours.median / append.bare.median).toFixed(2)} (${append.goal})`,
    perSecond(readBack.ms, readBack.rows) + share,
    readBack.worstRelativeError.toExponential(0),
    `${Math.round(peakMb.ours)} (${Math.round(peakMb.bare)})`,
  ];
}
