import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { IntensityPeriod, IntensitySource, WorkspaceSession } from "ada-carbon";
import { ADA, DAY_MS, emptySeries, finishedHours, HOUR_MS, type Scope, type UsageSeries } from "ada-carbon";
import { createHandler, type HandlerOptions, toNodeListener, type Viewer } from "ada-carbon/http";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { type AnalysisPageOptions, analysisPage } from "ada-carbon/page";

// The Analysis page over stores that a test fills, in real time, since the page has a real clock. It stands behind a
// proxy that takes the prefix away, so an absolute path anywhere would be found out.

/** A host name as bad as it gets. It must be shown, and nothing else. */
export const SCRIPT =
  '<script>globalThis.isBroken = true</script><img src="x" onerror="globalThis.isBroken = true">';

/** Two days of which nothing is known. */
const HOLE_FROM = Math.floor(Date.now() / DAY_MS - 9) * DAY_MS;
const HOLE_TO = HOLE_FROM + 2 * DAY_MS;

interface MadeHost {
  readonly name: string;
  readonly machine: string;
  readonly user: string;
  readonly group: string;
  readonly cores: number;
  /** The busy part of an hour so many hours ago. */
  readonly busy: (hoursAgo: number) => number;
}

const AT_NIGHT = 0.02;
/** Amara's first machine idles for 76 hours, the second works; others idle, too. */
export const HOSTS: readonly MadeHost[] = [
  made(29, "WISH single crystal", "amara", "excitations", 32, (ago) => (ago > 76 ? 0.6 : 0)),
  made(11, "Excitations", "amara", "excitations", 16, () => 0.8),
  made(12, "Excitations", "bjorn", "excitations", 16, (ago) => (ago > 120 ? 0.5 : AT_NIGHT)),
  made(13, "Excitations", "chidi", "muons", 16, () => 0.5),
  made(14, "Excitations", "dorota", "muons", 16, (ago) => (ago > 90 ? 0.4 : 0)),
  made(15, "Excitations", "emre", "muons", 16, () => 0.3),
  made(16, "Excitations", "fatou", "muons", 16, () => 0.2),
];

function made(
  n: number,
  machine: string,
  user: string,
  group: string,
  cores: number,
  busy: MadeHost["busy"],
): MadeHost {
  return { name: `host-172-16-100-${n}.nubes.stfc.ac.uk:9100`, machine, user, group, cores, busy };
}

export interface PageWorld {
  /** Of the page, with the prefix and a slash at its end. */
  readonly url: string;
  readonly origin: string;
  readonly errors: unknown[];
  /** Connections for live events that are open. */
  readonly live: { readonly open: number };
  viewer: Viewer | undefined;
  /** Holds every answer and event back, as a server that is dead and still connected. */
  freeze(isFrozen: boolean): void;
  /** Another minute of every workspace is measured. */
  measure(): Promise<void>;
  readonly workspaces: ReturnType<typeof memoryWorkspaceStore>;
  close(): Promise<void>;
}

interface WorldOptions {
  readonly viewer?: Viewer;
  /** The service is told of nobody who asks. */
  readonly knowsNobody?: true;
  readonly handler?: Partial<HandlerOptions>;
  readonly page?: Partial<AnalysisPageOptions>;
  /** Workspaces beside those of {@link HOSTS}. */
  readonly more?: readonly WorkspaceSession[];
  /** What other paths answer: a page that takes the element or a frame in. */
  readonly otherPages?: Readonly<Record<string, string>>;
}

export async function pageWorld(options: WorldOptions = {}): Promise<PageWorld> {
  const usage = memoryUsageStore();
  const workspaces = memoryWorkspaceStore();
  await usage.replace(storedHours());
  await workspaces.save([...HOSTS.map((host, i) => sessionOf(host, i)), ...(options.more ?? [])]);

  const errors: unknown[] = [];
  const live = { open: 0 };
  const frozen: { promise: Promise<void>; thaw: () => void } = { promise: Promise.resolve(), thaw: () => {} };
  const world: { viewer: Viewer | undefined } = { viewer: options.viewer };
  const api = createHandler({
    ...{ usage, workspaces, intensity: grid(), simulated: true, zone: "Europe/London" },
    sites: { isis: "IDAaaS", clf: "CDAaaS", diamond: "DDAaaS" },
    live: { everyMs: 200, heartbeatMs: 500 },
    basePath: "/api",
    onError: (error) => errors.push(error),
    ...options.handler,
  });
  const page = analysisPage({ sites: ["isis", "clf", "diamond"], api: "api", ...options.page });
  const listener = toNodeListener(async (request) => {
    await frozen.promise;
    const { pathname } = new URL(request.url);
    const other = options.otherPages?.[pathname];
    if (other !== undefined) return new Response(other, { headers: { "content-type": "text/html" } });
    if (!pathname.startsWith("/api")) return page(request);
    return api(request, options.knowsNobody === true ? {} : { viewer: world.viewer });
  });
  const server = createServer((request, response) => {
    if (request.url?.includes("/live")) {
      live.open++;
      response.on("close", () => live.open--);
    }
    // What a reverse proxy does for `location /carbon/ { proxy_pass http://service/; }`.
    request.url = request.url?.replace(/^\/carbon(?=\/)/, "");
    listener(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(world, {
    url: `${origin}/carbon/`,
    origin,
    errors,
    live,
    workspaces,
    freeze(isFrozen: boolean) {
      if (!isFrozen) return frozen.thaw();
      const { promise, resolve } = Promise.withResolvers<void>();
      Object.assign(frozen, { promise, thaw: resolve });
      server.closeAllConnections();
    },
    async measure() {
      const active = await workspaces.active("isis");
      await workspaces.save(active.map((session) => aMinuteMore(session)));
    },
    async close() {
      frozen.thaw();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export function sessionOf({ name, machine, user, group }: MadeHost, n: number): WorkspaceSession {
  const now = Date.now();
  return {
    id: `isis-${name}-${n}`,
    site: "isis",
    instance: name,
    project: "IDAaaS",
    ...{ machine, user, group },
    startedAt: now - 10 * DAY_MS,
    endedAt: null,
    countedUntil: now - 62_000,
    runtimeSeconds: 600 + n,
    unknownSeconds: 0,
    busyKwh: 0.2 + n / 1000,
    idleKwh: 0.1 + n / 1000,
    busyGco2eq: 40,
    idleGco2eq: 20,
    kwhWithoutCarbon: 0,
  };
}

function aMinuteMore(session: WorkspaceSession): WorkspaceSession {
  const host = HOSTS.find(({ name }) => name === session.instance);
  const [cores, busy] = [host?.cores ?? 4, host?.busy(0) ?? 0.5];
  const hours = 1 / 60;
  return {
    ...session,
    countedUntil: session.countedUntil + 60_000,
    runtimeSeconds: session.runtimeSeconds + 60 * busy,
    busyKwh: session.busyKwh + cores * busy * 0.012 * hours,
    idleKwh: session.idleKwh + cores * (1 - busy) * 0.001 * hours,
  };
}

/** Forty days of hours of the hosts and of all scopes above them, without those of the hole. */
export function storedHours(days = 65): UsageSeries[] {
  const now = Date.now();
  const hours = finishedHours({ from: now - days * DAY_MS, to: now }, now).filter(
    (hour) => hour < HOLE_FROM || hour >= HOLE_TO,
  );
  const provenance = {
    library: "0.1.0",
    model: "per-core/1 busy=12W idle=1W",
    intensity: {
      kind: "actual",
      source: "gb-carbon-intensity/national",
      fetchedAt: 0,
      settled: true,
    } as const,
  };
  const series = (scope: Scope, hosts: readonly MadeHost[], own: object = {}): UsageSeries => {
    const made = emptySeries(scope, hours, { ...provenance, ...own });
    hours.forEach((hour, i) => {
      const ago = (now - hour) / HOUR_MS;
      const sum = (amount: (host: MadeHost) => number): number =>
        hosts.reduce((all, host) => all + amount(host), 0);
      const busyCores = sum(({ cores, busy }) => cores * busy(ago));
      const idleCores = sum(({ cores, busy }) => cores * (1 - busy(ago)));
      made.busyCpuSeconds[i] = 3600 * busyCores;
      made.idleCpuSeconds[i] = 3600 * idleCores;
      made.busyKwh[i] = 0.012 * busyCores;
      made.idleKwh[i] = 0.001 * idleCores;
      made.gco2eqPerKwh[i] = 200;
      made.busyGco2eq[i] = 2.4 * busyCores;
      made.idleGco2eq[i] = 0.2 * idleCores;
      made.coverage[i] = 1;
      made.status[i] = "fake";
    });
    return made;
  };
  const scopes = (kind: "machine" | "user" | "group"): UsageSeries[] =>
    [...new Set(HOSTS.map((host) => host[kind]))].map((name) =>
      series(
        { kind, name },
        HOSTS.filter((host) => host[kind] === name),
      ),
    );
  return [
    series(ADA, HOSTS),
    series({ kind: "project", name: "IDAaaS" }, HOSTS),
    ...scopes("machine"),
    ...scopes("user"),
    ...scopes("group"),
    ...HOSTS.map((host) => series({ kind: "host", name: host.name }, [host], { host: hostOf(host) })),
  ];
}

function hostOf({ machine, user, group, cores }: MadeHost): object {
  const owner = { project: "IDAaaS", machine, user, group, experiment: "unattributed" };
  return {
    ...{ project: "IDAaaS", machine, user, expectedCpuSeconds: cores * 3600, up: null, by: "labels" },
    owners: [{ ...owner, busyShare: 1, idleShare: 1 }],
  };
}

function grid(): IntensitySource {
  const half = HOUR_MS / 2;
  const periods = (from: number, to: number, kind: IntensityPeriod["kind"]): IntensityPeriod[] => {
    const list: IntensityPeriod[] = [];
    for (let t = Math.floor(from / half) * half; t < to; t += half) {
      list.push({
        from: t,
        to: t + half,
        gco2eqPerKwh: Math.round(180 + 70 * Math.sin(t / (4 * HOUR_MS))),
        kind,
        fetchedAt: Date.now(),
      });
    }
    return list;
  };
  return {
    id: "gb-carbon-intensity/national",
    hasActual: true,
    periods: async ({ from, to }) => periods(from, to, "actual"),
    forecast: async (from, hours) => periods(from, from + hours * HOUR_MS, "forecast"),
  };
}
