import { type SimulationServer, serveSimulation } from "ada-carbon/testing";
import {
  PROMETHEUS3,
  type RealPrometheus,
  requirePrometheus,
  requirePrometheus3,
  startPrometheus,
} from "../servers/prometheus.js";
import { type RealThanos, requireThanos, startThanos } from "../servers/thanos.js";
import {
  type RealVictoriaMetrics,
  requireVictoriaMetrics,
  requireVictoriaMetrics1151,
  startVictoriaMetrics,
  VICTORIA_METRICS1151,
} from "../servers/victoria-metrics.js";
import type { Stage } from "./stages.js";

/** A server that all situations are loaded into, stage by stage. */
export interface SituationServer {
  /** Base URL, without a slash at the end; may change with each stage. */
  readonly url: string;
  /** Adds what has arrived. */
  load(stage: Stage): Promise<void>;
  /** What time it is, UTC ms, for servers that can be told. */
  setNow(now: number): void;
  stop(): Promise<void>;
}

export interface ServerKind {
  /** For the command line. */
  readonly name: string;
  /** For the table. */
  readonly title: string;
  /** Whether it can be started here; throws where it must be. */
  available(): boolean;
  start(): SituationServer;
}

/** The simulation's own server. */
class SimulatedServer implements SituationServer {
  #server: SimulationServer | undefined;
  #now = 0;

  get url(): string {
    return this.#server?.prometheusUrl ?? "";
  }

  /** It knows by itself what has arrived. */
  async load({ clusters }: Stage): Promise<void> {
    this.#server ??= await serveSimulation({ cluster: clusters, clock: () => this.#now });
  }

  setNow(now: number): void {
    this.#now = now;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}

/** A server that finds blocks when it starts. */
class ServerOfBlocks implements SituationServer {
  readonly #start: (stages: readonly Stage[]) => Promise<RealPrometheus | RealThanos>;
  readonly #stages: Stage[] = [];
  #server: RealPrometheus | RealThanos | undefined;

  constructor(start: (stages: readonly Stage[]) => Promise<RealPrometheus | RealThanos>) {
    this.#start = start;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async load(stage: Stage): Promise<void> {
    this.#stages.push(stage);
    await this.#server?.stop();
    this.#server = await this.#start(this.#stages);
  }

  setNow(): void {}

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

const prometheus = (binary?: string): SituationServer =>
  new ServerOfBlocks(async (stages) =>
    startPrometheus({
      blocks: await Promise.all(stages.map((stage) => stage.blocks())),
      ...(binary === undefined ? {} : { binary }),
    }),
  );

const thanos = (): SituationServer =>
  new ServerOfBlocks(async (stages) =>
    startThanos(
      await Promise.all([0, 1].map((replica) => Promise.all(stages.map((stage) => stage.blocks(replica))))),
    ),
  );

/** It remembers which series a selector has, and looks once a second whether there are new ones. */
const NEW_SERIES_MS = 2_500;

class VictoriaMetricsServer implements SituationServer {
  readonly #binary: string | undefined;
  #server: RealVictoriaMetrics | undefined;

  constructor(binary?: string) {
    this.#binary = binary;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async load(stage: Stage): Promise<void> {
    const wasAsked = this.#server !== undefined;
    this.#server ??= await startVictoriaMetrics(this.#binary);
    await importText(this.#server.url, stage.prometheusText());
    if (wasAsked) await new Promise((resolve) => setTimeout(resolve, NEW_SERIES_MS));
  }

  setNow(): void {}

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

const IMPORT_BYTES = 8 * 2 ** 20;

async function importText(url: string, chunks: Iterable<string>): Promise<void> {
  let body = "";
  const send = async (): Promise<void> => {
    const reply = await fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body });
    if (!reply.ok) throw new Error(`${url} answered ${reply.status}: ${await reply.text()}`);
    body = "";
  };
  for (const chunk of chunks) {
    // A chunk ends with a whole line.
    body += chunk;
    if (body.length > IMPORT_BYTES) await send();
  }
  await send();
  // What was written is then seen by queries at once.
  await fetch(`${url}/internal/force_flush`);
}

/** All kinds of servers that hours must be right on. */
export const SERVER_KINDS: readonly ServerKind[] = [
  { name: "simulated", title: "simulated", available: () => true, start: () => new SimulatedServer() },
  { name: "prometheus", title: "Prometheus 2.42", available: requirePrometheus, start: () => prometheus() },
  {
    name: "prometheus3",
    title: "Prometheus 3.16",
    available: requirePrometheus3,
    start: () => prometheus(PROMETHEUS3),
  },
  {
    name: "victoria-metrics",
    title: "VictoriaMetrics 1.79",
    available: requireVictoriaMetrics,
    start: () => new VictoriaMetricsServer(),
  },
  {
    name: "victoria-metrics-1.151",
    title: "VictoriaMetrics 1.151",
    available: requireVictoriaMetrics1151,
    start: () => new VictoriaMetricsServer(VICTORIA_METRICS1151),
  },
  { name: "thanos", title: "Thanos 0.42, two replicas with gaps", available: requireThanos, start: thanos },
];
