import type { SyncEvent, SyncReport } from "./events.js";
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
 * import { sync } from "ada-carbon/sync";
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
  const unlock = await options.store.lock?.({ signal: options.signal });
  try {
    return yield* run.events();
  } finally {
    await unlock?.();
  }
}

/** {@link sync} for callers who want the report and, if at all, a callback for the events. */
export async function runSync(
  options: SyncOptions,
  onEvent?: (event: SyncEvent) => void,
): Promise<SyncReport> {
  const events = sync(options);
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    onEvent?.(next.value);
  }
}
