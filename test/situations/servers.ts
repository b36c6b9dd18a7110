import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  openMetrics,
  prometheusText,
  type SimulatedCluster,
  type SimulationServer,
  serveSimulation,
} from "ada-carbon/testing";
import {
  createBlocks,
  type RealPrometheus,
  requirePrometheus,
  startPrometheus,
} from "../servers/prometheus.js";

/** What of each cluster has arrived, by when the run before was and when this one is. */
export type Arrived = (cluster: SimulatedCluster) => { readonly after: number; readonly by: number };

/** A server that all situations are loaded into, what has arrived by each run after the other. */
export interface SituationServer {
  readonly name: string;
  /** Base URL, without a slash at the end; may change with each load. */
  readonly url: string;
  /** Adds what has arrived. */
  load(clusters: readonly SimulatedCluster[], arrived: Arrived): Promise<void>;
  /** What time it is, UTC ms, for servers that can be told. */
  setNow(now: number): void;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  /** Whether it can be started here; throws where it must be. */
  available(): boolean;
  start(): SituationServer;
}

class SimulatedServer implements SituationServer {
  readonly name = "simulated";
  #server: SimulationServer | undefined;
  #now = 0;

  get url(): string {
    return this.#server?.prometheusUrl ?? "";
  }

  async load(clusters: readonly SimulatedCluster[]): Promise<void> {
    this.#server ??= await serveSimulation({ cluster: clusters, clock: () => this.#now });
  }

  setNow(now: number): void {
    this.#now = now;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}

class Prometheus242 implements SituationServer {
  readonly name = "Prometheus 2.42";
  readonly #folder = mkdtempSync(join(tmpdir(), "ada-carbon-situations-"));
  readonly #blocks: string[] = [];
  #server: RealPrometheus | undefined;

  get url(): string {
    return this.#server?.url ?? "";
  }

  /** It finds blocks when it starts. */
  async load(clusters: readonly SimulatedCluster[], arrived: Arrived): Promise<void> {
    const folder = join(this.#folder, String(this.#blocks.length));
    await createBlocks(openMetrics(clusters, { arrived }), folder, "480h");
    this.#blocks.push(folder);
    await this.#server?.stop();
    this.#server = await startPrometheus({ blocks: this.#blocks });
  }

  setNow(): void {}

  async stop(): Promise<void> {
    await this.#server?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const SERVER_KINDS: readonly ServerKind[] = [
  { name: "simulated", available: () => true, start: () => new SimulatedServer() },
  { name: "prometheus", available: requirePrometheus, start: () => new Prometheus242() },
];
void prometheusText;
