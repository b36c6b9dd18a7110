import { formatInterval, type Interval } from "../usage/hour.js";
import type { Io } from "./io.js";

const interval: Interval = { from: Date.UTC(2025, 8, 10), to: Date.UTC(2025, 8, 11, 6) };

/** What the demo covers unless told otherwise. */
export const DEMO_INTERVAL: { readonly interval: Interval; readonly text: string } = {
  interval,
  text: formatInterval(interval),
};

export interface Demo extends AsyncDisposable {
  readonly prometheusUrl: string;
  readonly intensityUrl: string;
  readonly interval: Interval;
  readonly out: string;
  close(): Promise<void>;
}

/** Serves a simulated cluster and grid on loopback, for the same client and pipeline as the real ones. */
export async function startDemo(
  flags: { readonly from?: number; readonly to?: number },
  io: Io,
): Promise<Demo> {
  const { serveSimulation, simulateCluster } = await import("../testing/index.js");
  const wanted = { from: flags.from ?? interval.from, to: flags.to ?? interval.to };
  const cluster = simulateCluster({ interval: wanted });
  const server = await serveSimulation({ cluster, clock: io.clock });
  const close = (): Promise<void> => server.close();
  return {
    prometheusUrl: server.prometheusUrl,
    intensityUrl: server.intensityUrl,
    interval: wanted,
    out: "ada-carbon-demo",
    close,
    [Symbol.asyncDispose]: close,
  };
}
