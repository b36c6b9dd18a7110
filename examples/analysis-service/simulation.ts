// A made-up cloud in place of a real Prometheus and a real grid. What follows from here on is what a real host
// does: a tracker that polls, and the main job that fills the stores hour by hour.

import type { HandlerOptions } from "ada-carbon/http";
import {
  cachedIntensity,
  gbCarbonIntensity,
  type IntensitySource,
  memoryIntensityCache,
} from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { ADA_SITES, prometheusCpuSource, prometheusHostSource } from "ada-carbon/prometheus";
import { runSync } from "ada-carbon/sync";
import { serveSimulation, simulateCluster } from "ada-carbon/testing";
import { DAY_MS, HOUR_MS } from "ada-carbon/usage";
import { type PollOutcome, trackWorkspaces } from "ada-carbon/workspaces";
import { type Cloud, startCloud } from "./cloud.js";

const MINUTE_MS = 60_000;
const HOSTS = 36;
/** A machine is looked at every so often. A real tracker polls once a minute. */
const POLL_MS = 15_000;
/** How much of the past the tracker catches up with when the demonstration starts. */
const REPLAY_MS = 6 * HOUR_MS;
/** Days of the past that are computed at once. */
const PIECE_MS = 7 * DAY_MS;

type Say = (line: string) => void;

export interface Simulation {
  readonly options: Pick<
    HandlerOptions,
    "usage" | "workspaces" | "averages" | "intensity" | "sites" | "simulated"
  >;
  /** Fills the stores until the signal aborts. */
  run(signal: AbortSignal, say: Say): Promise<void>;
  close(): Promise<void>;
}

/** A cluster for the tracker, scraped every 15 seconds, and the same one, scraped more rarely, for the past year. */
export async function startSimulation(now: number = Date.now()): Promise<Simulation> {
  const until = now + 7 * DAY_MS;
  // Workspaces come in the morning and are there for the day; two in ten have been there for weeks.
  const hosts = Array.from({ length: HOSTS }, (_, i) =>
    i % 5 === 0
      ? {}
      : { incarnations: [{ from: now - REPLAY_MS + i * 5 * MINUTE_MS, to: Number.POSITIVE_INFINITY }] },
  );
  let replayAt: number | undefined = now - REPLAY_MS;
  const liveClock = (): number => replayAt ?? Date.now();
  const live = await serveSimulation({
    cluster: simulateCluster({
      interval: { from: now - REPLAY_MS - HOUR_MS, to: until },
      hosts,
      scrapeSeconds: 15,
    }),
    clock: liveClock,
  });
  const past = await startCloud({
    interval: { from: startOfYear(now), to: until },
    hosts: HOSTS,
    scrapeSeconds: 300,
  });

  const usage = memoryUsageStore();
  const workspaces = memoryWorkspaceStore();
  const averages = memoryAverageStore();
  const intensity = intensityOf(past, Date.now);
  const tracker = trackWorkspaces({
    hosts: prometheusHostSource({ url: live.prometheusUrl, windowMs: 60_000 }),
    store: workspaces,
    intensity: intensityOf(live, liveClock),
    clock: liveClock,
  });

  /** The past hours, four minutes at a time, as the tracker would have seen them. */
  const replay = async (signal: AbortSignal): Promise<void> => {
    for (let t = now - REPLAY_MS; t < now && !signal.aborted; t += 4 * MINUTE_MS) {
      replayAt = t;
      await tracker.poll(signal);
    }
    replayAt = undefined;
  };

  const track = async (signal: AbortSignal, say: Say): Promise<void> => {
    say(`following ${(await tracker.poll(signal)).hosts} workspaces`);
    const onPoll = ({ error }: PollOutcome): void => {
      if (error !== undefined) say(`a poll failed, the next one makes up for it: ${error}`);
    };
    await tracker.run({ everyMs: POLL_MS, signal, onPoll });
  };
  /** Newest first, so that the page has something to show at once. */
  const fill = async (signal: AbortSignal, say: Say): Promise<void> => {
    const first = startOfYear(now);
    const cpu = prometheusCpuSource({ url: past.prometheusUrl });
    for (let to = Math.floor(now / HOUR_MS) * HOUR_MS; to > first && !signal.aborted; to -= PIECE_MS) {
      const interval = { from: Math.max(first, to - PIECE_MS), to };
      await runSync({ cpu, intensity, store: usage, averages, interval, fake: true, hosts: false, signal });
    }
    say("the year is computed");
  };

  return {
    options: { usage, workspaces, averages, intensity, sites: ADA_SITES, simulated: true },
    run: async (signal, say) => {
      await replay(signal);
      await Promise.all([track(signal, say), fill(signal, say)]);
    },
    close: async () => {
      await Promise.all([live.close(), past.close()]);
    },
  };
}

function intensityOf(server: Pick<Cloud, "intensityUrl">, clock: () => number): IntensitySource {
  return cachedIntensity(gbCarbonIntensity({ url: server.intensityUrl, clock }), memoryIntensityCache(), {
    clock,
  });
}

function startOfYear(now: number): number {
  return Date.UTC(new Date(now).getUTCFullYear(), 0);
}
