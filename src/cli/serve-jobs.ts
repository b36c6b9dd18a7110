import type { WorkspaceModel } from "../power/workspace-model.js";
import { cleanBasePath } from "../serve/handler.js";
import { parseListen } from "../serve/node-server.js";
import type { ServiceOptions } from "../serve/service.js";
import type { SiteProjects } from "../usage/site-projects.js";
import { timer } from "../workspaces/schedule.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import { intensitySource } from "./grids.js";
import { advisingOnLabels } from "./host-advice.js";
import type { Io } from "./io.js";
import type { PrometheusServer } from "./prometheus-servers.js";
import type { ServeFlags } from "./serve-flags.js";
import type { OpenStores } from "./stores.js";
import { groupsBy, syncOptionsOf } from "./sync-options.js";
import { tenureSource } from "./tenures.js";
import { hostSourceOf, trackerTimes } from "./tracker-options.js";
import { ofFlags } from "./usage-error.js";

/** Where and when it serves, and the page that it shows. */
export async function serviceBasis(
  { listen, basePath: given, frameAncestor, zone }: ServeFlags,
  sites: SiteProjects,
  { clock }: Io,
): Promise<Pick<ServiceOptions, "listen" | "basePath" | "page" | "clock" | "sleep">> {
  // By its public name: the page's files lie beside that module, and not beside the command line's copy of the library.
  const { analysisPage } = await import("ada-carbon/page");
  const basePath = ofFlags(() => cleanBasePath(given), "--base-path");
  const page = ofFlags(() =>
    analysisPage({ sites: Object.keys(sites), basePath, frameAncestors: frameAncestor, zone }),
  );
  return { listen: ofFlags(() => parseListen(listen)), basePath, page, clock, sleep: timer };
}

/** A run of the main job as the flags say, in a store whose lock the service holds. */
export function syncJob(
  flags: ServeFlags,
  servers: readonly PrometheusServer[],
  stores: OpenStores,
  sites: SiteProjects,
  io: Io,
  fake = false,
): Pick<NonNullable<ServiceOptions["sync"]>, "run"> {
  return {
    async run(interval, signal) {
      const [{ runSync }, { options, warnOfDoubts }] = await Promise.all([
        import("../sync/sync.js"),
        syncOptionsOf(flags, { servers, sites, interval, fake }, stores, { ...io, signal }),
      ]);
      const { lock, ...unlocked } = options.store;
      const report = await advisingOnLabels(servers, { sites, flag: "--site" }, signal, () =>
        runSync({ ...options, store: unlocked }),
      );
      await warnOfDoubts(report);
      return report;
    },
  };
}

/** The live tracker as the flags say. */
export async function trackerOf(
  flags: ServeFlags,
  servers: readonly PrometheusServer[],
  stores: OpenStores,
  sites: SiteProjects,
  model: WorkspaceModel,
  io: Io,
): Promise<WorkspaceTracker> {
  const { trackWorkspaces } = await import("../workspaces/tracker.js");
  // Where the main job measures every hour, nothing has to be stored as it was counted.
  const { lock, ...usage } = stores.usage;
  return trackWorkspaces({
    hosts: await hostSourceOf(servers, flags, sites),
    store: stores.workspaces,
    intensity: await intensitySource(flags, io, { sites }),
    model,
    fallbackGco2eqPerKwh: flags.fallbackIntensity,
    ...trackerTimes(flags),
    tenures: await tenureSource(flags.tenures),
    groupOf: groupsBy(flags),
    ...(flags.sync ? {} : { usage, averages: stores.averages }),
    clock: io.clock,
  });
}
