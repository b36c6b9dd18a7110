import { parseArgs } from "node:util";
import { MACHINE, machineText } from "./machine.ts";
import { type Asked, drained, jobDone, start } from "./replay/contestants.ts";
import { told } from "./told.ts";

const USAGE = `usage: npm run bench -- replay [--json] [--days N] [--hosts N] [--keep-hosts] [--rounds N]

A year of 1,000 hosts x 8 modes over HTTP, through the whole job into Parquet files. Beside it a process that asks
the same server the same and does nothing but JSON.parse; and one that does so with the counters of every mode, which
the job has the server add up. --keep-hosts also stores every host as a scope.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    days: { type: "string", default: "365" },
    hosts: { type: "string", default: "1000" },
    rounds: { type: "string", default: "1" },
    "keep-hosts": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const server = start("./server.ts", values.hosts);
const url = `http://127.0.0.1:${await told<number>(server)}/`;
const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const { asked, ...ours } = await jobDone(url, Number(values.days), values["keep-hosts"]);
  const same = await drained(url, asked, "parse");
  const eachMode = await drained(url, byMode(asked), "parse");
  rounds.push({ ours: { ...ours, requests: asked.length }, parse: { same, eachMode } });
}
server.disconnect();

if (values.json)
  console.log(JSON.stringify({ machine: MACHINE, days: values.days, hosts: values.hosts, rounds }, null, 2));
else {
  console.log(`${machineText()}; ${values.hosts} hosts, ${values.days} days`);
  for (const { ours, parse } of rounds) {
    console.log(
      `the whole job                  ${seconds(ours.ms)} s  peak ${ours.peakMb.toFixed(0)} MB  ${ours.requests} requests, ${ours.files} files`,
    );
    for (const [what, { ms, peakMb, bytes }] of [
      ["JSON.parse of the same        ", parse.same],
      ["JSON.parse of every mode alike", parse.eachMode],
    ] as const)
      console.log(
        `${what} ${seconds(ms)} s  peak ${peakMb.toFixed(0)} MB  ${(bytes / 1e9).toFixed(2)} GB: the job is ${(ms / ours.ms).toFixed(2)} times as fast`,
      );
  }
}

/** The same, but for the counters of every mode instead of their sums. */
function byMode(asked: readonly Asked[]): Asked[] {
  return asked.flatMap(({ path, body }) => {
    const form = new URLSearchParams(body);
    const query = form.get("query") ?? "";
    if (!query.includes("increase(")) return [{ path, body }];
    // Idle time is among the modes of the other requests.
    if (query.includes('mode="idle"')) return [];
    form.set("query", query.replace(/^max by \((.*?)\)/, "sum by ($1, mode)"));
    return [{ path, body: form.toString() }];
  });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(6);
}
