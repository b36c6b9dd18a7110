import type { WorkspaceStore } from "../stores/workspace-store.js";
import { HOUR_MS } from "../usage/hour.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import type { Io } from "./io.js";

const MINUTE_MS = 60_000;
export const DEMO_HOSTS = 36;
/** How much of the past the tracker catches up with at the start. */
const REPLAY_MS = 3 * HOUR_MS;

/** A made-up cloud whose hosts are up now. */
export interface LiveDemo extends AsyncDisposable {
  readonly tracker: WorkspaceTracker;
  /** `id` of its power model. */
  readonly model: string;
  /** Polls the last hours, so that sessions have something to show. */
  replay(signal: AbortSignal): Promise<void>;
}

/** Serves hosts that are up from some hours ago `until` then, and a tracker that follows them. */
export async function startLiveDemo(store: WorkspaceStore, until: number, io: Io): Promise<LiveDemo> {
  const [
    { prometheusHostSource },
    { gbCarbonIntensity },
    { trackWorkspaces },
    { liveModel, perCore },
    testing,
  ] = await Promise.all([
    import("../prometheus/live/source.js"),
    import("../intensity/gb.js"),
    import("../workspaces/tracker.js"),
    import("../index.js"),
    import("../testing/index.js"),
  ]);
  const now = io.clock();
  let replayAt: number | undefined = now - REPLAY_MS;
  const clock = (): number => replayAt ?? io.clock();
  const server = await testing.serveSimulation({
    clock,
    cluster: testing.simulateCluster({
      interval: { from: now - REPLAY_MS - HOUR_MS, to: until },
      hosts: Array.from({ length: DEMO_HOSTS }, (_, i) => lifeOfHost(i, now)),
      scrapeSeconds: 15,
    }),
  });
  // The same as by the hour, so that what is live adds up to hours.
  const model = liveModel(perCore(), clock);
  const tracker = trackWorkspaces({
    hosts: prometheusHostSource({ url: server.prometheusUrl, windowMs: MINUTE_MS, fetch: io.fetch }),
    store,
    intensity: gbCarbonIntensity({ url: server.intensityUrl, clock, fetch: io.fetch }),
    model,
    clock,
  });
  return {
    tracker,
    model: model.id,
    async replay(signal) {
      for (let t = now - REPLAY_MS; t < now && !signal.aborted; t += 4 * MINUTE_MS) {
        replayAt = t;
        await tracker.poll(signal);
      }
      replayAt = undefined;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Workspaces come in the morning and are there for the day; two in ten have been there for weeks. */
function lifeOfHost(i: number, now: number): { incarnations?: { from: number; to: number }[] } {
  if (i % 5 === 0) return {};
  return { incarnations: [{ from: now - REPLAY_MS + i * 2 * MINUTE_MS, to: Number.POSITIVE_INFINITY }] };
}
