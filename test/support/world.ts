import {
  ADA,
  DAY_MS,
  HOUR_MS,
  runSync,
  SCOPE_KINDS,
  type SyncOptions,
  type SyncReport,
  type UsageSeries,
} from "ada-carbon";
import { gbCarbonIntensity } from "ada-carbon/intensity";
import { type PrometheusCpuOptions, prometheusCpuSource } from "ada-carbon/prometheus";
import {
  type ClusterOptions,
  type Fault,
  type GridOptions,
  type HostDescription,
  type SimulatedRequest,
  type SimulationServer,
  serveSimulation,
  simulateCluster,
  simulateGrid,
} from "ada-carbon/testing";
import { afterEach } from "vitest";
import type { UsageStore } from "../../src/stores/usage-store.js";

export const MINUTE: number = 60_000;
export const FROM: number = Date.UTC(2025, 8, 10);
export const INTERVAL: { from: number; to: number } = { from: FROM, to: FROM + 6 * HOUR_MS };
export const ALL: { from: number; to: number } = { from: 0, to: Number.MAX_SAFE_INTEGER };
/** Long after: whatever the grid measured is settled. */
export const LATER: number = INTERVAL.to + 10 * DAY_MS;

export const HOSTS: HostDescription[] = [
  {
    project: "IDAaaS",
    instance: "a:9100",
    machine: "Muon",
    user: "amara",
    cores: 4,
    incarnations: [{ from: FROM - DAY_MS, to: Number.POSITIVE_INFINITY }],
  },
  {
    project: "IDAaaS",
    instance: "b:9100",
    machine: "Muon",
    user: null,
    cores: 2,
    incarnations: [{ from: FROM - DAY_MS, to: Number.POSITIVE_INFINITY }],
  },
  {
    project: "CDAaaS",
    instance: "c:9100",
    machine: "Laser",
    user: "amara",
    cores: 2,
    incarnations: [{ from: FROM - DAY_MS, to: Number.POSITIVE_INFINITY }],
  },
];

/** A simulated world whose clock, grid, faults and replies a test can change between runs. */
export class World {
  now: number = LATER;
  grid: GridOptions = {};
  fault: (request: SimulatedRequest) => Fault | undefined = () => undefined;
  edit: (body: string, query: string) => string = (body) => body;
  server!: SimulationServer;
  seen = 0;

  async run(
    store: UsageStore,
    options: Partial<SyncOptions> & {
      prometheus?: Partial<PrometheusCpuOptions>;
      cpuWithoutSlices?: boolean;
    } = {},
  ): Promise<SyncReport> {
    this.seen = this.server.requests.length;
    const { prometheus, cpuWithoutSlices = false, ...rest } = options;
    const source = prometheusCpuSource({
      url: this.server.prometheusUrl,
      retries: 0,
      clock: () => this.now,
      fetch: this.#fetch,
      ...prometheus,
    });
    return runSync({
      cpu: cpuWithoutSlices
        ? { where: source.where, projects: source.projects, cpuHours: source.cpuHours }
        : source,
      intensity: gbCarbonIntensity({ url: this.server.intensityUrl, retries: 0, clock: () => this.now }),
      store,
      interval: INTERVAL,
      projects: ["IDAaaS", "CDAaaS"],
      clock: () => this.now,
      ...rest,
    });
  }

  /** Requests of the last run, by service. */
  get asked(): { prometheus: number; intensity: number } {
    const paths = this.server.requests.slice(this.seen).map(({ path }) => path.startsWith("/intensity-api"));
    return {
      prometheus: paths.filter((grid) => !grid).length,
      intensity: paths.filter((grid) => grid).length,
    };
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const query = input instanceof Request ? await input.clone().text() : "";
    const response = await fetch(input, init);
    const body = this.edit(await response.text(), new URLSearchParams(query).get("query") ?? "");
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

const servers: SimulationServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

export async function world(cluster: Partial<ClusterOptions> = {}): Promise<World> {
  const made = new World();
  made.server = await serveSimulation({
    cluster: simulateCluster({
      interval: { from: FROM, to: INTERVAL.to + DAY_MS },
      hosts: HOSTS,
      ...cluster,
    }),
    // The grid is looked up anew each time, so that a test can let it learn.
    grid: {
      period: (instant, region) => simulateGrid(made.grid).period(instant, region),
      periods: (interval, region) => simulateGrid(made.grid).periods(interval, region),
    },
    clock: () => made.now,
    faults: (request) => made.fault(request),
  });
  servers.push(made.server);
  return made;
}

/** Everything stored, without when it was fetched: what two ways to the same end must agree on. */
export async function contents(store: UsageStore): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const kind of SCOPE_KINDS) {
    for (const scope of await store.scopes(kind)) {
      const series = await store.read(scope, ALL);
      const provenance = series.provenance.map((row) => ({
        ...row,
        intensity: row.intensity && { ...row.intensity, fetchedAt: 0 },
      }));
      all.push({ ...series, provenance });
    }
  }
  return all;
}

export const ada = (store: UsageStore): Promise<UsageSeries> => store.read(ADA, ALL);
/** Whether a query asks for counters, and not for who was there. */
export const asksCpu = (query: string): boolean =>
  /^(sum|min|max) by \([^)]*\) \((node_cpu|sum without)/.test(query);
export const isCpu = ({ path, parameters }: SimulatedRequest): boolean =>
  path.endsWith("query_range") && asksCpu(parameters.get("query") ?? "");
/** Whether both edges of an hour are asked for, at the full hour or at the scrape after it. */
export const coversHour = (request: SimulatedRequest, n: number): boolean => {
  const [start, end] = [FROM + n * HOUR_MS, FROM + (n + 1) * HOUR_MS];
  return (
    Number(request.parameters.get("start")) * 1000 < start + 5 * MINUTE &&
    Number(request.parameters.get("end")) * 1000 >= end
  );
};
