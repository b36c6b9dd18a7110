import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { addressSet } from "../serve/identity/addresses.js";
import type { Identify } from "../serve/identity/identity.js";
import { runService } from "../serve/service.js";
import type { ClusterOptions } from "../testing/index.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import { DEMO_HOSTS, startLiveDemo } from "./demo-live.js";
import type { Io } from "./io.js";
import { simulatedServer } from "./prometheus-servers.js";
import type { ServeFlags } from "./serve-flags.js";
import { serveIdentity } from "./serve-identity.js";
import { serviceBasis, syncJob } from "./serve-jobs.js";
import { serveLog, withLoggedWarnings } from "./serve-log.js";
import { memoryStores } from "./stores.js";

/** Numbers are to move while somebody looks. */
const POLL_MS = 15_000;

/** Serves a made-up cloud from memory: one cluster for the tracker, and the same one, scraped more rarely, for the past. */
export async function serveDemo(flags: ServeFlags, io: Io): Promise<void> {
  const [{ ADA_SITES }, { gbCarbonIntensity }] = await Promise.all([
    import("../prometheus/live/sites.js"),
    import("../intensity/gb.js"),
  ]);
  const log = serveLog(io, flags.log);
  const now = io.clock();
  const year = Date.UTC(new Date(now).getUTCFullYear(), 0);
  const until = now + 7 * DAY_MS;
  const stores = await memoryStores();
  await using live = await startLiveDemo(stores.workspaces, until, io);
  const past = await startCloud({
    interval: { from: year, to: until },
    hosts: DEMO_HOSTS,
    scrapeSeconds: 300,
  });
  const own: ServeFlags = { ...flags, intensity: past.intensityUrl };
  const replayed: Pick<WorkspaceTracker, "run"> = {
    async run(options) {
      await live.replay(options.signal);
      return live.tracker.run(options);
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
          ...{ sites: ADA_SITES, simulated: true, zone: flags.zone, liveModel: live.model },
        },
        identity: (await serveIdentity(flags, io.clock, log)) ?? {
          identify: byCookie,
          trusted: addressSet([]),
        },
        track: { tracker: replayed, everyMs: POLL_MS },
        sync: {
          ...syncJob(
            own,
            [simulatedServer(past.prometheusUrl, own, io)],
            stores,
            ADA_SITES,
            withLoggedWarnings(io, log),
            true,
          ),
          backfillMs: Math.max(DAY_MS, Math.floor((now - year) / HOUR_MS) * HOUR_MS),
          recentMs: 2 * DAY_MS,
        },
      },
      io.signal,
      (address) => io.stdout.line(`${address}  (a simulated cluster; Ctrl-C ends it)`),
    );
  } finally {
    await past.close();
    await stores.close();
  }
}

/**
 * All of it is made up, so a visitor of whom the flags do not say who it is is a user with machines who sees
 * everybody's, too; with the cookie `viewer=bjorn`, what that user would see.
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
