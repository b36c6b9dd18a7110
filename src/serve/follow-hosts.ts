import { isAdaCarbonError } from "../usage/errors.js";
import type { Logger } from "../usage/logger.js";
import type { PollReport } from "../workspaces/report.js";
import type { WorkspaceTracker } from "../workspaces/tracker.js";
import { type Attempts, reasonOf } from "./attempts.js";

/** The live tracker, and how often it polls. */
export interface TrackJob {
  readonly tracker: Pick<WorkspaceTracker, "run">;
  readonly everyMs: number;
  /** Asked where no host is up: why, and what to set. */
  readonly advice?: ((signal: AbortSignal) => Promise<string>) | undefined;
}

/** Told of every poll that succeeded. */
export type OnReport = (report: PollReport, signal: AbortSignal) => void;

/**
 * Polls until the signal aborts. A poll that fails is made up for by the next one. `where` names the store.
 *
 * Rejects when the store fails: whoever holds its lock may have lost it.
 */
export async function followHosts(
  { tracker, everyMs }: TrackJob,
  attempts: Attempts,
  where: string,
  onReport: OnReport,
  signal: AbortSignal,
): Promise<void> {
  await tracker.run({
    everyMs,
    signal,
    onPoll({ report, error }) {
      if (report !== undefined) {
        attempts.succeeded();
        onReport(report, signal);
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
export class PollNews {
  /** Why no host is up; `undefined` while there are some. */
  noHosts: string | undefined;
  readonly #log: Logger;
  readonly #advice: TrackJob["advice"];
  #hosts: number | undefined;
  #warnings: readonly string[] = [];

  constructor(log: Logger, advice: TrackJob["advice"]) {
    this.#log = log;
    this.#advice = advice;
  }

  say({ hosts, sites, hours, warnings }: PollReport, signal: AbortSignal): void {
    if (hosts !== this.#hosts) {
      const counts = Object.fromEntries(sites.map((poll) => [poll.site, poll.hosts]));
      this.#log.info(counts, `following ${hosts} workspaces`);
      if (hosts === 0) void this.#adviseOn(sites, signal);
      else this.noHosts = undefined;
    }
    this.#hosts = hosts;
    if (hours.stored.length > 0)
      this.#log.info({}, `stored ${hours.stored.length} hours as they were counted`);
    for (const warning of warnings)
      if (!this.#warnings.includes(warning)) this.#log.warn({}, `poll: ${warning}`);
    this.#warnings = warnings;
  }

  async #adviseOn(sites: PollReport["sites"], signal: AbortSignal): Promise<void> {
    const names = sites.map(({ site }) => site).join(", ");
    const reason = await this.#advice?.(signal).catch(reasonOf);
    if (signal.aborted) return;
    const text = `no host of ${names} is up${reason === undefined ? "" : `: ${reason}`}`;
    if (this.#hosts === 0) this.noHosts = text;
    this.#log.warn({}, text);
  }
}
