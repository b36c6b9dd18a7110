import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPrometheus } from "../test/servers/prometheus.ts";
import { startVictoriaMetrics } from "../test/servers/victoria-metrics.ts";
import { MACHINE, machineText } from "./machine.ts";
import { drained, jobDone } from "./replay/contestants.ts";
import { askedFromNode, askedFromPython, hostHours } from "./servers/host-hours.ts";
import { compacted, type Load, loadPrometheus, loadVictoriaMetrics } from "./servers/load.ts";

const USAGE = `usage: npm run bench -- servers [--only prometheus,victoria-metrics] [--json] [--rounds N] [--days N] [--hosts N]

The whole job against real servers: a week of 200 hosts in Prometheus, a month of 1,000 hosts in VictoriaMetrics,
scraped every minute. Beside it, how long the server takes for the same requests if nothing is done with the
replies, and for Prometheus how long asking once for every host and hour takes, one after the other and each over a
connection of its own (measured on some, and scaled): from Python, as the existing implementation does, and from Node.
Needs PROMETHEUS_BIN, PROMTOOL_BIN and VICTORIA_METRICS_BIN, and python3 with requests (PYTHON_BIN).`;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "prometheus,victoria-metrics" },
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    days: { type: "string" },
    hosts: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const FROM = Date.UTC(2025, 0, 1);
const loadOf = (days: number, hosts: number): Load => ({
  // The job starts at FROM; a day later than it ends is looked at too.
  from: FROM,
  days: Number(values.days ?? days),
  hosts: Number(values.hosts ?? hosts),
});

/** Host-hours asked for one by one in each round. */
const HOST_HOURS = 1_000;

interface Round {
  readonly jobMs: number;
  readonly serverMs: number;
  readonly requests: number;
  readonly megabytes: number;
  readonly peakMb: number;
  /** One query a host-hour: milliseconds of each. */
  readonly hostHourMs?: { readonly python: number; readonly node: number } | undefined;
}

async function measure(url: string, load: Load, byHostHour: boolean): Promise<Round[]> {
  const measured: Round[] = [];
  const some = byHostHour ? hostHours(load, HOST_HOURS) : undefined;
  // The first round is to warm up the server.
  for (let round = -1; round < Number(values.rounds); round++) {
    const { asked, ms, peakMb } = await jobDone(url, load.days, false);
    const { ms: serverMs, bytes } = await drained(url, asked, "discard");
    const hostHourMs = some && {
      python: askedFromPython(url, some),
      node: await askedFromNode(url, some),
    };
    if (round >= 0)
      measured.push({
        jobMs: ms,
        serverMs,
        requests: asked.length,
        megabytes: bytes / 1e6,
        peakMb,
        hostHourMs,
      });
  }
  return measured;
}

const results = [];
if (values.only.includes("prometheus")) {
  const load = loadOf(7, 200);
  const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-blocks-"));
  const server = await startPrometheus({ blocks: await loadPrometheus(load, join(folder, "blocks")) });
  rmSync(folder, { recursive: true });
  await compacted(server.url);
  const rounds = await measure(server.url, load, true);
  await server.stop();
  results.push({ server: "Prometheus", load, rounds });
}
if (values.only.includes("victoria-metrics")) {
  const load = loadOf(30, 1000);
  const server = await startVictoriaMetrics();
  await loadVictoriaMetrics(load, server.url);
  const rounds = await measure(server.url, load, false);
  await server.stop();
  results.push({ server: "VictoriaMetrics", load, rounds });
}

if (values.json) console.log(JSON.stringify({ machine: MACHINE, results }, null, 2));
else {
  console.log(machineText());
  for (const { server, load, rounds } of results) {
    for (const { jobMs, serverMs, requests, megabytes, peakMb, hostHourMs } of rounds) {
      console.log(
        `${server}, ${load.days} days of ${load.hosts} hosts: ${(jobMs / 1000).toFixed(1)} s, ${requests} requests, ${megabytes.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB; the server alone ${(serverMs / 1000).toFixed(1)} s, ${((100 * serverMs) / jobMs).toFixed(0)}% of that`,
      );
      if (hostHourMs === undefined) continue;
      for (const [from, each] of Object.entries(hostHourMs)) {
        const all = each * load.hosts * load.days * 24;
        console.log(
          `  one query a host-hour from ${from}: ${each.toFixed(2)} ms each (${HOST_HOURS} measured), ${(all / 1000).toFixed(0)} s in all: ${(all / jobMs).toFixed(1)} times as long`,
        );
      }
    }
  }
}
