import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryWorkspaceStore } from "ada-carbon/memory";
import { sqliteStores } from "ada-carbon/sqlite";
import type { WorkspaceStore } from "../src/stores/workspace-store.js";
import { MACHINE, machineText } from "./machine.js";
import { bareStore, ManyHosts } from "./many-hosts.js";
import { quantile } from "./turns.js";

const USAGE = `usage: npm run bench -- workspaces [--json] [--hosts N] [--rounds N] [--only bare,memory,sqlite]

Polls 10,000 hosts over 10 sites with each store, beside JSON.parse of the same replies (1.0): the CPU time of
the whole process, that of compiling and of collecting garbage included; turn by turn, in another order each
round, each after a full garbage collection. bare is a store that neither checks nor copies.`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    hosts: { type: "string", default: "10000" },
    rounds: { type: "string", default: "15" },
    only: { type: "string", default: "bare,memory,sqlite" },
    help: { type: "boolean", default: false },
  },
});

interface Opened {
  readonly store: WorkspaceStore;
  end(): Promise<void>;
}

const STORES: Readonly<Record<string, () => Opened>> = {
  bare: () => ({ store: bareStore(), end: async () => {} }),
  memory: () => ({ store: memoryWorkspaceStore(), end: async () => {} }),
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), "ada-carbon-bench-"));
    const stores = sqliteStores(join(folder, "workspaces.db"));
    const end = async (): Promise<void> => {
      await stores.close();
      rmSync(folder, { recursive: true });
    };
    return { store: stores.workspaces, end };
  },
};

const WARM_UP = 3;

/** Median and the middle half. */
interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

interface Line {
  readonly store: string;
  /** Requests to Prometheus in each poll. */
  readonly requests: number;
  readonly cpuMs: Spread;
  /** CPU time of a poll over that of JSON.parse in the same round. */
  readonly ratio: Spread;
}

interface Contestant {
  readonly name: string;
  /** Does it once; gives the requests it took. */
  run(): Promise<number>;
  readonly cpuMs: number[];
  requests: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const names = values.only.split(",");
const unknown = names.find((name) => !Object.hasOwn(STORES, name));
if (values.help || unknown !== undefined) {
  console.error(unknown === undefined ? USAGE : `there is no store ${unknown}\n\n${USAGE}`);
  process.exit(values.help ? 0 : 2);
}
const [hosts, rounds] = [Number(values.hosts), Number(values.rounds)];
report(await measure());

async function measure(): Promise<Line[]> {
  const prometheus = new ManyHosts(hosts);
  const parse = contestant("JSON.parse", async () => {
    for (const body of prometheus.bodies) JSON.parse(body);
    return 0;
  });
  const opened = names.flatMap((name) => STORES[name]?.() ?? []);
  const polls = opened.map(({ store }, i) => {
    const tracker = prometheus.tracker(store);
    return contestant(names[i] ?? "", async () => {
      const before = prometheus.requests;
      const { hosts: seen, warnings } = await tracker.poll();
      if (seen !== hosts || warnings.length > 0) throw new Error(`${seen} hosts; ${warnings.join("; ")}`);
      return prometheus.requests - before;
    });
  });
  try {
    await takeTurns([parse, ...polls], () => prometheus.tick());
  } finally {
    for (const { end } of opened) await end();
  }
  return polls.map(({ name, requests, cpuMs }) => ({
    store: name,
    requests,
    cpuMs: spreadOf(cpuMs),
    ratio: spreadOf(cpuMs.map((ms, round) => ms / (parse.cpuMs[round] ?? Number.NaN))),
  }));
}

function contestant(name: string, run: () => Promise<number>): Contestant {
  return { name, run, cpuMs: [], requests: 0 };
}

/** The first rounds open the sessions, and are for the compiler. */
async function takeTurns(all: readonly Contestant[], tick: () => void): Promise<void> {
  for (let round = -WARM_UP; round < rounds; round++) {
    tick();
    for (let i = 0; i < all.length; i++) {
      const one = all[(i + round + WARM_UP) % all.length];
      if (one === undefined) continue;
      // Nobody pays for what another left behind.
      collectGarbage();
      const before = process.cpuUsage();
      one.requests = await one.run();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) one.cpuMs.push((user + system) / 1000);
    }
  }
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

function report(lines: readonly Line[]): void {
  if (values.json) {
    console.log(JSON.stringify({ machine: MACHINE, hosts, rounds, lines }, null, 2));
    return;
  }
  console.log(`${machineText()}; ${hosts} hosts, ${rounds} rounds`);
  for (const { store, requests, cpuMs, ratio } of lines) {
    const spread = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
    console.log(
      `${store.padEnd(7)} ${requests} requests a poll  ${cpuMs.median.toFixed(0).padStart(4)} ms CPU  ${ratio.median.toFixed(2).padStart(5)} x JSON.parse  (${spread})`,
    );
  }
}
