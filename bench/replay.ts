import { parseArgs } from "node:util";
import { MACHINE, machineText } from "./machine.ts";
import { drained, jobDone, start } from "./replay/contestants.ts";
import { told } from "./told.ts";

const USAGE = `usage: npm run bench -- replay [--json] [--days N] [--hosts N] [--keep-hosts] [--rounds N]

A year of 1,000 hosts over HTTP, through the whole job into Parquet files. Beside it a process that asks the same
server the same and does nothing but JSON.parse. --keep-hosts also stores every host as a scope.`;

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
  const parse = await drained(url, asked, "parse");
  rounds.push({ ours: { ...ours, requests: asked.length }, parse });
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
    const { ms, peakMb, bytes } = parse;
    console.log(
      `JSON.parse of the same         ${seconds(ms)} s  peak ${peakMb.toFixed(0)} MB  ${(bytes / 1e9).toFixed(2)} GB: the job is ${(ms / ours.ms).toFixed(2)} times as fast`,
    );
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(6);
}
