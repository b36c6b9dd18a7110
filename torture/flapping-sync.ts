import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOUR_MS } from "ada-carbon";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { Tally, type TortureOptions, type TortureResult } from "./campaign.js";
import { MAIN } from "./commands.js";
import { contentsOf, differenceIn } from "./contents.js";
import { type Down, flapping, HOSTILE_HOSTS, isUnclean } from "./flaps.js";
import { randomNumbers } from "./random-numbers.js";

const FROM = Date.UTC(2025, 8, 10);
const TO = FROM + 8 * HOUR_MS;
/** So often a run meets a server that flaps, before it has one that stays. */
const RUNS = 4;

interface Ended {
  readonly status: number | null;
  readonly said: string;
}

/**
 * Runs `sync` beside a Prometheus and a grid that go up and down, each for itself and at random; then once with both
 * there. Names are hostile. Whatever went wrong was said without a stack or their escapes, and in the end the store is what an undisturbed run makes of it.
 */
export async function syncBesideFlaps({ seed, count, signal }: TortureOptions): Promise<TortureResult[]> {
  const root = await mkdtemp(join(tmpdir(), "ada-carbon-flapping-"));
  const down: Down = {};
  const server = await serveSimulation({
    cluster: simulateCluster({ interval: { from: FROM, to: TO + 2 * HOUR_MS }, hosts: HOSTILE_HOSTS }),
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
    const missing = HOSTILE_HOSTS.find(
      ({ project }) => !JSON.stringify(expected).includes(JSON.stringify(project)),
    );
    if (missing !== undefined) throw new Error(`an undisturbed run stored nothing of ${missing.project}`);
    const random = randomNumbers(seed);
    for (let i = 0; i < count && goesOn(); i++) {
      const store = join(root, `store${i}`);
      const stopFlapping = flapping(down, random);
      const wrong: string[] = [];
      for (let run = 0; run < RUNS && goesOn(); run++) {
        const ended = await sync(store);
        if (![0, 1, 3].includes(ended.status ?? -1) || isUnclean(ended.said))
          wrong.push(`run ${run} ended with ${ended.status}: ${ended.said}`);
      }
      stopFlapping();
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
