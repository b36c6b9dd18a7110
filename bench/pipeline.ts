import { parseArgs } from "node:util";
import { MACHINE, machineText } from "./machine.js";
import { apart, isContestant } from "./pipeline/apart.js";
import { CONTESTANTS, PARSE, timed } from "./pipeline/contestants.js";
import { expectSame, type Sums } from "./pipeline/outcome.js";
import { SHAPES, taskNamed } from "./pipeline/task.js";
import { type Ratio, rounds, type Turn, table } from "./turns.js";

const USAGE = `usage: npm run bench -- pipeline [--json] [--rounds N] [--quick]

From the bytes of a range reply to Parquet files: CPU-seconds, kWh and gCO2eq, hour by hour, of every project
and machine. Each contestant beside TextDecoder + JSON.parse of the same bytes (1.0, and no more work done than
that), each in a process of its own, turn by turn, in another order each round; all must come to the same sums.
In a turn the work is done once, and then for half a second again and again, at least twice: the mean of that counts.
--quick: the large body, ours and JSON.parse only, in one process; what the tests watch.`;

/** Until the compiler has seen enough of everybody. */
const WARM_UPS = 4;

if (!(await isContestant())) await compare();

async function compare(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "7" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const count = Number(values.rounds);
  const lines: (Ratio & { body: string; megabytes: number })[] = [];
  for (const shape of values.quick ? ["long"] : Object.keys(SHAPES)) {
    const { ratios, bytes } = await (values.quick ? together(shape, count) : eachApart(shape, count));
    lines.push(...ratios.map((ratio) => ({ body: shape, megabytes: bytes / 1e6, ...ratio })));
  }
  if (values.json) console.log(JSON.stringify({ machine: MACHINE, rounds: count, lines }, null, 2));
  else {
    console.log(`${machineText()}; ${values.rounds} rounds`);
    console.log(
      table(lines.map(({ body, megabytes, ...line }) => [`${body} ${megabytes.toFixed(1)} MB`, line])),
    );
  }
}

interface Compared {
  readonly ratios: Ratio[];
  readonly bytes: number;
}

async function eachApart(shape: string, count: number): Promise<Compared> {
  const processes = new Map(
    await Promise.all(Object.keys(CONTESTANTS).map(async (who) => [who, await apart(who, shape)] as const)),
  );
  const outcomes = new Map<string, Sums>();
  const turns = [...processes].map(([who, { turn }]): [string, Turn] => [
    who,
    async () => {
      const { ms, outcome } = await turn();
      if (outcome !== undefined) outcomes.set(who, outcome);
      return ms;
    },
  ]);
  const ratios = await rounds(Object.fromEntries(turns), PARSE, { count, warmUps: WARM_UPS });
  for (const { end } of processes.values()) end();
  expectSame(outcomes);
  return { ratios, bytes: processes.get(PARSE)?.bytes ?? Number.NaN };
}

async function together(shape: string, count: number): Promise<Compared> {
  const task = taskNamed(shape);
  const turns: Record<string, Turn> = {};
  for (const who of [PARSE, "ours"]) {
    const contestant = await CONTESTANTS[who]?.(task);
    if (contestant !== undefined) turns[who] = async () => (await timed(contestant.run)).ms;
  }
  return {
    ratios: await rounds(turns, PARSE, { count, warmUps: WARM_UPS }),
    bytes: task.body.length,
  };
}
