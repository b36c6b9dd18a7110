import { formatInterval } from "../usage/hour.js";
import { inSpan, type SpanAttributes } from "../usage/tracer.js";
import type { SyncEvent, SyncReport } from "./events.js";
import { logEvent } from "./log-events.js";
import { checkedSyncOptions, type SyncOptions } from "./options.js";
import { Run } from "./run.js";

/**
 * The main job: brings the stored hours of an interval up to date and says how things stand.
 *
 * Plan, fetch CPU-seconds, estimate energy, join the grid's intensity, attribute to scopes, store. Only hours
 * that need it are touched. It can be run again at any time, after a crash at any point: writes are
 * replacements, and an hour that failed is planned again by the next run.
 *
 * Rejects, with the store as it was, when nothing at all could be fetched, a project does not exist, the
 * interval is off the grid, or another run holds the store. Hours that fail while others succeed are stored
 * as `not downloaded`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { sync } from "ada-carbon";
 * import { memoryUsageStore } from "ada-carbon/memory";
 * import { prometheusCpuSource } from "ada-carbon/prometheus";
 * import { gbCarbonIntensity } from "ada-carbon/intensity";
 * import { serveSimulation, simulateCluster } from "ada-carbon/testing";
 *
 * const interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 10, 3) };
 * const simulation = await serveSimulation({ cluster: simulateCluster({ interval, hosts: 3 }) });
 * const events = sync({
 *   cpu: prometheusCpuSource({ url: simulation.prometheusUrl }),
 *   intensity: gbCarbonIntensity({ url: simulation.intensityUrl }),
 *   store: memoryUsageStore(),
 *   interval,
 * });
 * for await (const event of events) {
 *   if (event.type === "report") assert.equal(event.report.statuses.processed, 3);
 * }
 * await simulation.close();
 */
export async function* sync(options: SyncOptions): AsyncGenerator<SyncEvent, SyncReport> {
  const run = new Run(checkedSyncOptions("sync", options));
  const { store, signal, logger } = options;
  const unlock = await store.lock?.({ signal });
  let report: SyncReport | undefined;
  try {
    for await (const event of run.events()) {
      if (logger !== undefined) logEvent(logger, event);
      yield event;
      if (event.type === "report") report = event.report;
    }
  } finally {
    await unlock?.();
  }
  if (report === undefined) throw new Error("a run has ended without its report");
  return report;
}

/**
 * {@link sync} for callers who want the report and, if at all, a callback for the events. With a tracer, the whole run is
 * one span, and what it does are spans below it; of `sync` they are below the span that is active where it is read.
 */
export async function runSync(
  options: SyncOptions,
  onEvent?: (event: SyncEvent) => void,
): Promise<SyncReport> {
  const checked = checkedSyncOptions("runSync", options);
  const interval = { "ada_carbon.interval": formatInterval(checked.interval) };
  return inSpan(options.tracer, "ada_carbon.sync", interval, () => lastOf(sync(checked), onEvent), known);
}

async function lastOf(
  events: AsyncGenerator<SyncEvent, SyncReport>,
  onEvent?: (event: SyncEvent) => void,
): Promise<SyncReport> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    onEvent?.(next.value);
  }
}

function known({ plan, wanting, failed }: SyncReport): SpanAttributes {
  return {
    "ada_carbon.hours.wanted": plan.wanted,
    "ada_carbon.hours.fetched": plan.fetch,
    "ada_carbon.hours.wanting": wanting,
    "ada_carbon.hours.failed": failed,
  };
}
