import type { StoredUsage } from "../calibration/loads.js";
import type { MeterReadings } from "../meters/meter.js";
import type { UsageStore } from "../stores/usage-store.js";
import { hourlyInterval, type Interval } from "../usage/hour.js";
import type { Io } from "./io.js";
import { hoursOf, type PeriodFlags } from "./period-options.js";
import { ofFlags } from "./usage-error.js";

/** What the demo covers unless told otherwise. */
export const DEMO_INTERVAL: Interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11, 6) };

export interface Demo extends AsyncDisposable {
  readonly prometheusUrl: string;
  readonly intensityUrl: string;
  readonly interval: Interval;
  readonly out: string;
  /** Meters of hypervisors with two of the hosts each, whose watts nobody else knows. */
  meters(): MeterReadings;
}

/** Hidden watts of a busy and an idle core: what a calibration of the demo should find again. */
const DEMO_WATTS = {
  "Artemis (Matlab)": { busy: 6.1, idle: 1.4 },
  Excitations: { busy: 7.4, idle: 1.8 },
  Muon: { busy: 5.2, idle: 1.1 },
  "Tomography GPU": { busy: 9.5, idle: 2.6 },
  "Powder Diffraction": { busy: 6.8, idle: 1.6 },
  "WISH single crystal": { busy: 8.3, idle: 2.1 },
};

/** Serves a simulated cluster and grid on loopback, for the same client and pipeline as the real ones. */
export async function startDemo(
  flags: PeriodFlags | undefined,
  io: Io,
  covered: Interval = DEMO_INTERVAL,
): Promise<Demo> {
  const wanted = { ...covered, ...(flags === undefined ? {} : hoursOf(flags, io)) };
  ofFlags(() => hourlyInterval(wanted));
  const { serveSimulation, simulateCluster, simulateMeters } = await import("../testing/index.js");
  const cluster = simulateCluster({ interval: wanted });
  const server = await serveSimulation({ cluster, clock: io.clock });
  return {
    prometheusUrl: server.prometheusUrl,
    intensityUrl: server.intensityUrl,
    interval: wanted,
    out: "ada-carbon-demo",
    meters: () => simulateMeters(cluster, { watts: DEMO_WATTS, floorWatts: 25, noise: 0.02 }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Ends what a demo says. */
export function tryNext(...commands: readonly string[]): string[] {
  return ["", "Try next:", ...commands.map((command) => `  ${command}`)];
}

/** What `sync` measures of the demo's cluster, kept in memory. */
export async function demoStore({ interval, ...demo }: Demo, { clock, signal }: Io): Promise<UsageStore> {
  const [{ memoryUsageStore }, { prometheusCpuSource }, { gbCarbonIntensity }, { runSync }] =
    await Promise.all([
      import("../stores/memory/index.js"),
      import("../prometheus/cpu-source.js"),
      import("../intensity/gb.js"),
      import("../sync/sync.js"),
    ]);
  const store = memoryUsageStore();
  await runSync({
    cpu: prometheusCpuSource({ url: demo.prometheusUrl, clock }),
    intensity: gbCarbonIntensity({ url: demo.intensityUrl, clock }),
    ...{ store, interval, fake: true, clock, signal },
  });
  return store;
}

/** The usage of the demo, as a calibration takes it. */
export async function measuredDemo(demo: Demo, io: Io): Promise<StoredUsage> {
  const { storedUsage } = await import("../calibration/index.js");
  return storedUsage(await demoStore(demo, io), demo.interval, { signal: io.signal });
}
