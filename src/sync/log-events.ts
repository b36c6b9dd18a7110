import { formatInterval } from "../usage/hour.js";
import type { Logger } from "../usage/logger.js";
import type { SyncEvent } from "./events.js";

/** Says an event of a run to a logger. What makes the run reject is said by whoever catches it. */
export function logEvent(logger: Logger, event: SyncEvent): void {
  if (event.type === "planned") {
    const { wanted, fetch, restate, done, unfinished } = event.plan;
    logger.info({ wanted, fetch, restate, done, unfinished }, "sync planned");
  } else if (event.type === "progress") {
    logger.debug({ done: event.done, total: event.total }, `sync: ${event.message}`);
  } else if (event.type === "warning") {
    logger.warn({}, `sync: ${event.message}`);
  } else if (event.type === "finding") {
    logger.warn({ finding: event.finding }, `sync: ${event.finding.message}`);
  } else {
    const { interval, statuses, wanting, failed, restated, total } = event.report;
    const { busyKwh, idleKwh } = total;
    logger.info(
      { statuses, wanting, failed, restated, busyKwh, idleKwh },
      `sync done: ${formatInterval(interval)}`,
    );
  }
}
