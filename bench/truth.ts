import { parseArgs } from "node:util";
import { SITUATIONS } from "../test/situations/index.ts";
import { playSituations } from "../test/situations/run.ts";
import { SERVER_KINDS } from "../test/situations/servers.ts";
import { stagesOf } from "../test/situations/stages.ts";
import { lineOf, printTable } from "../test/situations/table.ts";
import { MACHINE, machineText } from "./machine.ts";

const USAGE = `usage: npm run bench -- truth [--servers NAME,...] [--situations NAME,...] [--problems] [--json]

Measures every situation that tests know on every server there is and holds it against the truth. Errors are the
worst of an hour, as shares of what the cpus of the host could do in it: in total against the truth, busy against
what the samples say at best ("raw"). Beside them those of plain sum(increase(x[1h])), and of the samples against the
truth. With --problems it says what must hold and does not.
Servers: ${SERVER_KINDS.map(({ name }) => name).join(", ")}.`;

const { values } = parseArgs({
  options: {
    servers: { type: "string", default: SERVER_KINDS.map(({ name }) => name).join(",") },
    situations: { type: "string" },
    problems: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const names = values.situations?.split(",");
const situations = SITUATIONS.filter(({ name }) => names?.includes(name) ?? true);
const wanted = values.servers.split(",");
const { stages, remove } = stagesOf(situations);
const results = [];
for (const kind of SERVER_KINDS) {
  if (!wanted.includes(kind.name) || !kind.available()) continue;
  const started = performance.now();
  const server = kind.start();
  try {
    const verdicts = await playSituations(server, stages);
    results.push({
      server: kind.title,
      seconds: (performance.now() - started) / 1000,
      lines: verdicts.map(lineOf),
    });
  } finally {
    await server.stop();
  }
}
remove();

if (values.json) console.log(JSON.stringify({ machine: MACHINE, results }, null, 2));
else {
  console.log(machineText());
  for (const { server, seconds, lines } of results) {
    console.log(printTable(server, lines));
    const unfulfilled = lines.filter(({ problems }) => problems.length > 0);
    console.log(
      `${server}: ${lines.length} situations in ${seconds.toFixed(1)} s, ${unfulfilled.length} not as they must be`,
    );
    if (!values.problems) continue;
    for (const { situation, problems } of unfulfilled)
      for (const problem of problems) console.log(`  ${situation}: ${problem}`);
  }
}
