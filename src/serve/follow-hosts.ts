import { isAdaCarbonError } from "../usage/errors.js";
import type { Logger } from "../usage/logger.js";
import type { PollReport } from "../workspaces/report.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import type { Attempts } from "./attempts.js";

/** The live tracker, and how often it polls. */
export interface TrackJob {
  readonly tracker: Pick<WorkspaceTracker, "run">;
  readonly everyMs: number;
}

/**
 * Polls until the signal aborts. A poll that fails is made up for by the next one. `where` names the store.
 *
 * Rejects when the store fails: whoever holds its lock may have lost it.
 */
export async function followHosts(
  { tracker, everyMs }: TrackJob,
  attempts: Attempts,
  where: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const news = new PollNews(log);
  await tracker.run({
    everyMs,
    signal,
    onPoll({ report, error }) {
      if (report !== undefined) {
        attempts.succeeded();
        news.say(report);
        return;
      }
      attempts.failed(error);
      if (isStoreFailure(error, where)) throw error;
    },
  });
}

/** Whether it is the store that failed, not what it is filled from: a database that is away is named like any server. */
export function isStoreFailure(error: unknown, where: string): boolean {
  return isAdaCarbonError(error) && (error.code.startsWith("store-") || error.message.includes(where));
}

/** A line when the number of hosts changes, and each warning when it begins. Most polls have nothing to say. */
class PollNews {
  readonly #log: Logger;
  #hosts: number | undefined;
  #warnings: readonly string[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  say({ hosts, sites, hours, warnings }: PollReport): void {
    if (hosts !== this.#hosts) {
      const counts = Object.fromEntries(sites.map((poll) => [poll.site, poll.hosts]));
      this.#log.info(counts, `following ${hosts} workspaces`);
      if (hosts === 0)
        this.#log.warn({}, "no host is up at any site; `ada-carbon serve --check` looks for the reason");
    }
    this.#hosts = hosts;
    if (hours.stored.length > 0)
      this.#log.info({}, `stored ${hours.stored.length} hours as they were counted`);
    for (const warning of warnings)
      if (!this.#warnings.includes(warning)) this.#log.warn({}, `poll: ${warning}`);
    this.#warnings = warnings;
  }
}
