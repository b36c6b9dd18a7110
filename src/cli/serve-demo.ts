import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { addressSet } from "../serve/identity/addresses.js";
import type { Identify } from "../serve/identity/identity.js";
import { runService } from "../serve/service.js";
import type { ClusterOptions } from "../testing/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import type { Io } from "./io.js";
import type { ServeFlags } from "./serve-flags.js";
import { serviceBasis, syncJob } from "./serve-jobs.js";
import { serveLog, withLoggedWarnings } from "./serve-log.js";
import type { OpenStores } from "./stores.js";

const MINUTE_MS = 60_000;
const HOSTS = 36;
/** Numbers are to move while somebody looks. */
const POLL_MS = 15_000;
/** How much of the past the tracker catches up with at the start. */
const REPLAY_MS = 3 * HOUR_MS;

/** Serves a made-up cloud from memory: one cluster for the tracker, and the same one, scraped more rarely, for the past. */
export async function serveDemo(flags: ServeFlags, io: Io): Promise<void> {
  const [{ ADA_SITES, prometheusHostSource }, { gbCarbonIntensity }, { trackWorkspaces }, power, testing] =
    await Promise.all([
      import("../prometheus/index.js"),
      import("../intensity/gb.js"),
      import("../workspaces/tracker.js"),
      import("../power/index.js"),
      import("../testing/index.js"),
    ]);
  const log = serveLog(io, flags.log);
  const now = io.clock();
  const year = Date.UTC(new Date(now).getUTCFullYear(), 0);
  const until = now + 7 * DAY_MS;
  let replayAt: number | undefined = now - REPLAY_MS;
  const liveClock = (): number => replayAt ?? io.clock();
  const live = await testing.serveSimulation({
    clock: liveClock,
    cluster: testing.simulateCluster({
      interval: { from: now - REPLAY_MS - HOUR_MS, to: until },
      hosts: Array.from({ length: HOSTS }, (_, i) => lifeOfHost(i, now)),
      scrapeSeconds: 15,
    }),
  });
  const past = await startCloud({ interval: { from: year, to: until }, hosts: HOSTS, scrapeSeconds: 300 });
  const stores = await memoryStores();
  const own: ServeFlags = { ...flags, intensity: past.intensityUrl };
  const model = power.liveModel(power.perCore(), liveClock);
  const tracker = trackWorkspaces({
    hosts: prometheusHostSource({ url: live.prometheusUrl, windowMs: MINUTE_MS }),
    store: stores.workspaces,
    intensity: gbCarbonIntensity({ url: live.intensityUrl, clock: liveClock }),
    model,
    clock: liveClock,
  });
  const replayed: Pick<WorkspaceTracker, "run"> = {
    async run(options) {
      for (let t = now - REPLAY_MS; t < now && !options.signal.aborted; t += 4 * MINUTE_MS) {
        replayAt = t;
        await tracker.poll(options.signal);
      }
      replayAt = undefined;
      return tracker.run(options);
    },
  };
  try {
    await runService(
      {
        ...(await serviceBasis(flags, ADA_SITES, io)),
        log,
        where: stores.where,
        api: {
          ...{ usage: stores.usage, workspaces: stores.workspaces, averages: stores.averages },
          intensity: gbCarbonIntensity({ url: past.intensityUrl, clock: io.clock }),
          ...{ sites: ADA_SITES, simulated: true, zone: flags.zone, liveModel: model.id },
        },
        identity: { identify: byCookie, trusted: addressSet([]) },
        track: { tracker: replayed, everyMs: POLL_MS },
        sync: {
          ...syncJob(own, past.prometheusUrl, stores, withLoggedWarnings(io, log), true),
          backfillMs: Math.max(DAY_MS, Math.floor((now - year) / HOUR_MS) * HOUR_MS),
          recentMs: 2 * DAY_MS,
        },
      },
      io.signal,
      (address) => io.stdout.line(`${address}  (a simulated cluster; Ctrl-C ends it)`),
    );
  } finally {
    await Promise.all([live.close(), past.close()]);
    await stores.close();
  }
}

/** Workspaces come in the morning and are there for the day; two in ten have been there for weeks. */
function lifeOfHost(i: number, now: number): { incarnations?: { from: number; to: number }[] } {
  if (i % 5 === 0) return {};
  return { incarnations: [{ from: now - REPLAY_MS + i * 2 * MINUTE_MS, to: Number.POSITIVE_INFINITY }] };
}

/**
 * All of it is made up, so a visitor is a user with machines who sees everybody's, too; with the cookie `viewer=bjorn`,
 * what that user would see.
 */
const byCookie: Identify = async ({ request }) => {
  const user = /(?:^|;\s*)viewer=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  const viewer =
    user === undefined ? { user: "amara", seesEveryone: true } : { user: decodeURIComponent(user) };
  return { request, viewer };
};

interface Cloud {
  readonly prometheusUrl: string;
  readonly intensityUrl: string;
  close(): Promise<void>;
}

/** Starts the thread; resolves when it answers. */
async function startCloud(options: ClusterOptions): Promise<Cloud> {
  const worker = new Worker(new URL("./demo-cloud.js", import.meta.url), { workerData: options });
  const [urls] = (await once(worker, "message")) as [Omit<Cloud, "close">];
  return {
    ...urls,
    close: async () => {
      await worker.terminate();
    },
  };
}

async function memoryStores(): Promise<OpenStores> {
  const [{ memoryAverageStore, memoryUsageStore, memoryWorkspaceStore }, { memoryIntensityCache }] =
    await Promise.all([import("../stores/memory/index.js"), import("../intensity/cache-port.js")]);
  const [usage, averages, workspaces] = [memoryUsageStore(), memoryAverageStore(), memoryWorkspaceStore()];
  return {
    ...{ usage, averages, workspaces, where: "memory", intensityCache: memoryIntensityCache() },
    migrate: async () => {},
    close: async () => {
      await Promise.all([usage.close(), averages.close(), workspaces.close()]);
    },
  };
}
