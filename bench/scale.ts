import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { postgresStores } from "ada-carbon/postgres";
import { startPostgres } from "../test/servers/postgres.ts";
import { MACHINE, machineText } from "./machine.ts";
import { start } from "./replay/contestants.ts";
import type { Took } from "./scale/job.ts";
import { told } from "./told.ts";

const USAGE = `usage: npm run bench -- scale [--json] [--hosts N,N,...] [--months N] [--store tables|postgres] [--keep DIR]

Months of so many hosts, replayed over HTTP through the whole job, every host stored: what it takes in processor time,
memory and disk, and whether that is linear in hosts. A year of 10,000 hosts is a quarter of an hour on a machine that
does nothing else. --keep leaves the folders in DIR, for other tools to read.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hosts: { type: "string", default: "1000,3000,10000" },
    months: { type: "string", default: "12" },
    store: { type: "string", default: "tables" },
    keep: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

interface Line extends Took {
  readonly hosts: number;
  /** Processor time of a host, by that of a host in the first line. */
  readonly ofLinear: number;
}

const lines: Line[] = [];
const root = values.keep ?? mkdtempSync(join(tmpdir(), "ada-carbon-bench-scale-"));
for (const hosts of values.hosts.split(",").map(Number)) {
  const took = values.store === "postgres" ? await intoPostgres(hosts) : await intoFolder(hosts);
  const perHost = took.cpuSeconds / hosts;
  const [first = { hosts, cpuSeconds: took.cpuSeconds }] = lines;
  lines.push({ hosts, ...took, ofLinear: perHost / (first.cpuSeconds / first.hosts) });
  if (!values.json) console.log(textOf(lines.at(-1)));
}
if (values.keep === undefined) rmSync(root, { recursive: true });
if (values.json)
  console.log(
    JSON.stringify({ machine: MACHINE, months: values.months, store: values.store, lines }, null, 2),
  );
else console.log(`${machineText()}; ${values.months} months into ${values.store}`);

async function intoFolder(hosts: number): Promise<Took> {
  const folder = join(root, String(hosts));
  mkdirSync(folder, { recursive: true });
  return replayed(hosts, folder);
}

async function intoPostgres(hosts: number): Promise<Took> {
  const server = await startPostgres();
  try {
    const stores = postgresStores({ url: server.url });
    await stores.migrate();
    await stores.close();
    return await replayed(hosts, server.url);
  } finally {
    await server.stop();
  }
}

/** Each run in a process of its own, and so is the server that it asks. */
async function replayed(hosts: number, place: string): Promise<Took> {
  const server = start("./server.ts", String(hosts));
  try {
    const url = `http://127.0.0.1:${await told<number>(server)}/`;
    return await told<Took>(start("../scale/job.ts", url, values.months, place));
  } finally {
    server.disconnect();
  }
}

function textOf(line: Line | undefined): string {
  if (line === undefined) return "";
  const { hosts, seconds, cpuSeconds, peakMb, storedMb, ofLinear } = line;
  const perHost = (1000 * cpuSeconds) / hosts / Number(values.months);
  return [
    `${hosts} hosts:`.padStart(13),
    `${cpuSeconds.toFixed(1)} s of a processor in ${seconds.toFixed(0)} s,`,
    `${perHost.toFixed(1)} ms a host and month (${ofLinear.toFixed(2)} of linear),`,
    `peak ${peakMb.toFixed(0)} MB${storedMb === null ? "" : `, ${storedMb.toFixed(0)} MB stored`}`,
  ].join(" ");
}
