import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS } from "ada-carbon";
import { type Fault, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { Tally, type TortureOptions, type TortureResult } from "./campaign.js";
import { MAIN } from "./commands.js";
import { contentsOf, differenceIn } from "./contents.js";
import { randomNumbers } from "./random-numbers.js";

const FROM = Date.UTC(2025, 8, 10);
const TO = FROM + 8 * HOUR_MS;
/** Names that mean something to a query, a path, a terminal or a line. */
const HOSTS = [
  { project: "IDAaaS" },
  { project: 'Q"uo\\te.*|d', instance: "quoted:9100", machine: 'Arte"mis\\ (1)', user: 'o"neil\\' },
  { project: "../../etc", instance: "path:9100", machine: "🔬 micro\nscope", user: "CON" },
  { project: "\u001b[2Jgone", instance: "screen:9100", machine: "\u202eeuqinU", user: "unattributed" },
];
/** What a terminal obeys, but for the ends of lines. */
const UNCLEAN = /(?!\n)[\p{Cc}\p{Bidi_C}]/u;

/** So often a run meets a server that flaps, before it has one that stays. */
const RUNS = 4;
const LONGEST_MS = 900;

/** What a server does that is not there, in the ways in which servers are not there. */
const DOWN: readonly Fault[] = [
  { reset: true },
  { status: 503, body: "no healthy upstream" },
  { status: 502, body: "<html>Bad gateway</html>" },
  { status: 200, body: "" },
  { truncateAt: 40 },
  { status: 429, body: "slow down", headers: { "retry-after": "1" } },
];

interface Ended {
  readonly status: number | null;
  readonly said: string;
}

/**
 * Runs `sync` beside a Prometheus and a grid that go up and down, each for itself and at random; then once with both
 * there. Names are hostile. Whatever went wrong was said without a stack or their escapes, and in the end the store is what an undisturbed run makes of it.
 */
export async function flapping({ seed, count, signal }: TortureOptions): Promise<TortureResult[]> {
  const root = await mkdtemp(join(tmpdir(), "ada-carbon-flapping-"));
  const down: { prometheus?: Fault | undefined; grid?: Fault | undefined } = {};
  const server = await serveSimulation({
    cluster: simulateCluster({ interval: { from: FROM, to: TO + 2 * HOUR_MS }, hosts: HOSTS }),
    faults: ({ path }) => (path.startsWith("/intensity-api") ? down.grid : down.prometheus),
  });
  const sync = (store: string): Promise<Ended> => syncInto(store, server.prometheusUrl, server.intensityUrl);
  const tally = new Tally();
  const goesOn = (): boolean => signal?.aborted !== true;
  try {
    const undisturbed = join(root, "undisturbed");
    const { status, said } = await sync(undisturbed);
    if (status !== 0) throw new Error(`an undisturbed run ended with ${status}: ${said}`);
    const expected = await contentsOf(undisturbed);
    const missing = HOSTS.find(({ project }) => !JSON.stringify(expected).includes(JSON.stringify(project)));
    if (missing !== undefined) throw new Error(`an undisturbed run stored nothing of ${missing.project}`);
    const random = randomNumbers(seed);
    for (let i = 0; i < count && goesOn(); i++) {
      const store = join(root, `store${i}`);
      const flaps = (["prometheus", "grid"] as const).map((server) =>
        flap(random, (fault) => {
          down[server] = fault;
        }),
      );
      const wrong: string[] = [];
      for (let run = 0; run < RUNS && goesOn(); run++) {
        const ended = await sync(store);
        if (
          ![0, 1, 3].includes(ended.status ?? -1) ||
          /\n {4}at /.test(ended.said) ||
          UNCLEAN.test(ended.said)
        )
          wrong.push(`run ${run} ended with ${ended.status}: ${ended.said}`);
      }
      for (const stop of flaps) stop();
      const last = await sync(store);
      if (last.status !== 0) wrong.push(`with servers that stay, ended with ${last.status}: ${last.said}`);
      else
        wrong.push(...[differenceIn(await contentsOf(store), expected)].filter((text) => text !== undefined));
      tally.add("servers that go up and down, sync", wrong[0] && `store ${i}: ${wrong[0]}`);
      await rm(store, { recursive: true, force: true });
    }
  } finally {
    await server.close();
    await rm(root, { recursive: true, force: true });
  }
  return tally.results();
}

/** Takes something down and up again, until stopped; it is up then. */
function flap(random: () => number, set: (fault: Fault | undefined) => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const turn = (): void => {
    set(random() < 0.5 ? undefined : DOWN[Math.floor(random() * DOWN.length)]);
    timer = setTimeout(turn, random() * LONGEST_MS);
  };
  turn();
  return () => {
    clearTimeout(timer);
    set(undefined);
  };
}

async function syncInto(store: string, prometheus: string, intensity: string): Promise<Ended> {
  const span = ["--from", new Date(FROM).toISOString(), "--to", new Date(TO).toISOString()];
  const servers = ["--prometheus", prometheus, "--intensity", intensity];
  const child = spawn(process.execPath, [MAIN, "sync", "--store", store, "--quiet", ...servers, ...span]);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  child.stdout.resume();
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said };
}
