import type { SyncReport } from "../sync/events.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatInterval, hourOf, type Interval } from "../usage/hour.js";
import { type Logger, warningOnce } from "../usage/logger.js";
import type { Attempts } from "./attempts.js";
import { isStoreFailure } from "./follow-hosts.js";
import type { Surroundings } from "./surroundings.js";

/** The main job, and how much of the past it is to look at. */
export interface SyncJob {
  /** Brings the hours of an interval up to date. The store's lock is held by the service meanwhile. */
  run(interval: Interval, signal: AbortSignal): Promise<SyncReport>;
  /** How far back hours are wanted when the service starts, milliseconds. */
  readonly backfillMs: number;
  /** How far back every later run looks: as long as incomplete hours are tried again, milliseconds. */
  readonly recentMs: number;
}

/** Days of the past that are computed at once. */
const PIECE_MS = 7 * DAY_MS;
/** An hour is looked at so long after its end, when its last scrapes have arrived. */
const ARRIVAL_MS = 3 * 60_000;
/** How often it is seen whether an hour is over. A machine that slept, or whose clock was set, is late by no more. */
const STEP_MS = 30_000;
/** After a failure it is tried again so soon, and later and later up to the longest. */
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/**
 * Keeps the stored hours up to date until the signal aborts: every hour, a few minutes after it, and in between the
 * past, newest first, so that there is something to see at once. What failed is tried again, and every run looks at
 * all hours that may still get better, so an outage leaves no hole. `where` names the store.
 *
 * Rejects when the store fails: whoever holds its lock may have lost it.
 */
export async function keepSynced(
  job: SyncJob,
  attempts: Attempts,
  where: string,
  { clock, log, sleep }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const start = hourOf(clock());
  const past = piecesOf({ from: start - job.backfillMs, to: start - PIECE_MS });
  const warn = warningOnce(log);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    const end = hourOf(clock());
    const isFirst = lookedAt === Number.NEGATIVE_INFINITY;
    const isDue = isFirst || (end > lookedAt && clock() >= end + ARRIVAL_MS);
    const backMs = isFirst ? Math.min(PIECE_MS, job.backfillMs) : job.recentMs;
    const interval = isDue ? { from: end - backMs, to: end } : past[0];
    if (interval === undefined) {
      await sleep(STEP_MS, signal);
      continue;
    }
    try {
      say(await job.run(interval, signal), log, warn);
      attempts.succeeded();
      retryMs = FIRST_RETRY_MS;
      if (isDue) lookedAt = end;
      else past.shift();
      if (!isDue && past.length === 0) log.info({ days: job.backfillMs / DAY_MS }, "the past is computed");
    } catch (error) {
      if (signal.aborted) return;
      if (!isDue && isAdaCarbonError(error, "no-data")) {
        log.info({}, `the source has nothing from ${formatInterval(interval)}: nothing before is asked for`);
        past.length = 0;
        continue;
      }
      attempts.failed(error);
      if (isStoreFailure(error, where)) throw error;
      await sleep(retryMs, signal);
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
    }
  }
}

/** The interval in pieces, newest first. */
function piecesOf({ from, to }: Interval): Interval[] {
  const pieces: Interval[] = [];
  for (let end = to; end > from; end -= PIECE_MS)
    pieces.push({ from: Math.max(from, end - PIECE_MS), to: end });
  return pieces;
}

function say(report: SyncReport, log: Logger, warn: (line: string) => void): void {
  const { plan, statuses, wanting, failed, interval, warnings, findings } = report;
  for (const warning of warnings) warn(`sync: ${warning}`);
  for (const { message } of findings) warn(`finding: ${message}`);
  if (plan.fetch + plan.restate === 0) return;
  const counts = {
    fetched: plan.fetch,
    restated: plan.restate,
    processed: statuses.processed + statuses.fake,
    incomplete: statuses["download incomplete"],
    wanting,
    failed,
  };
  log.info(counts, `sync: ${formatInterval(interval)}`);
}
