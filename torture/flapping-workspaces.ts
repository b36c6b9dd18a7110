import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { HOUR_MS } from "ada-carbon";
import { type SimulationServer, serveSimulation, simulateCluster } from "ada-carbon/testing";
import { MAIN } from "./commands.js";
import { type Down, flapping, HOSTILE_HOSTS, isUnclean } from "./flaps.js";
import { openPlace } from "./open-place.js";
import { SITES } from "./tracked.js";

const FLAPPING_MS = 5000;
/** A poll that met a server which is not there asks again for some seconds. */
const PATIENCE_MS = 30_000;

/**
 * Runs `ada-carbon workspaces`, as people do, beside servers that go up and down, and then once with both there. Says what
 * is wrong, if anything: how it ended, what it printed, or whom it followed.
 */
export async function workspacesBesideFlaps(
  store: string,
  random: () => number,
): Promise<string | undefined> {
  const now = Date.now();
  const down: Down = {};
  await using server = await serveSimulation({
    cluster: simulateCluster({
      ...{ interval: { from: now, to: now + HOUR_MS }, hosts: HOSTILE_HOSTS },
      ...{ events: "none", scrapeSeconds: 5 },
    }),
    clock: Date.now,
    faults: ({ path }) => (path.startsWith("/intensity-api") ? down.grid : down.prometheus),
  });
  const following = start(["--sleep", "1"], store, server);
  const stopFlapping = flapping(down, random);
  await sleep(FLAPPING_MS);
  stopFlapping();
  const heardBefore = following.said().length;
  const deadline = performance.now() + PATIENCE_MS;
  const hasPolled = (): boolean =>
    following.said().indexOf(`${HOSTILE_HOSTS.length} hosts up`, heardBefore) > 0;
  while (!hasPolled() && performance.now() < deadline) await sleep(100);
  following.stop();
  for (const command of [following, start(["--once"], store, server)]) {
    const status = await command.ended;
    if (status !== 0 || isUnclean(command.said())) return `ended with ${status}: ${command.said()}`;
  }
  const stores = await openPlace(store);
  const sessions = await stores.workspaces.active("lab");
  await stores.close();
  const followed = sessions.map(({ project }) => project).sort();
  const isWhole = JSON.stringify(followed) === JSON.stringify(SITES.lab.toSorted());
  return isWhole ? undefined : `followed ${JSON.stringify(followed)}`;
}

interface Running {
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  readonly stop: () => void;
}

function start(given: readonly string[], store: string, server: SimulationServer): Running {
  const servers = ["--prometheus", server.prometheusUrl, "--intensity", server.intensityUrl];
  const sites = SITES.lab.flatMap((project) => ["--site-project", `lab=${project}`]);
  const child = spawn(process.execPath, [
    ...[MAIN, "workspaces", "--store", store, "--hourly", "--window", "10"],
    ...[...servers, ...sites, ...given],
  ]);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  const ended = once(child, "close").then(([status]: (number | null)[]) => status ?? null);
  return { said: () => said, ended, stop: () => void child.kill("SIGTERM") };
}
