import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { WorkspaceSession } from "ada-carbon";
import { type HandlerOptions, toNodeListener } from "ada-carbon/http";
import type { IntensityPeriod, IntensitySource } from "ada-carbon/intensity";
import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
import { DAY_MS, emptySeries, finishedHours, HOUR_MS } from "ada-carbon/usage";
import { type Browser, chromium } from "playwright-core";
import { analysisApp } from "../examples/analysis-service/app.js";

// The Analysis page over stores that a test fills: real time, since the page has a real clock.

/** A host name as bad as it gets. It must be shown, and nothing else. */
export const SCRIPT =
  '<script>globalThis.isBroken = true</script><img src="x" onerror="globalThis.isBroken = true">';

/** Two days of which nothing is known, nor of the half days around them: whatever the time is and the zone. */
const HOLE_FROM = Math.floor(Date.now() / DAY_MS - 4) * DAY_MS;
const HOLE_TO = HOLE_FROM + 2 * DAY_MS;

export interface PageWorld {
  readonly url: string;
  readonly workspaces: ReturnType<typeof memoryWorkspaceStore>;
  readonly errors: unknown[];
  /** Connections for live events that are open. */
  readonly live: { readonly open: number };
  /** Counts another while of every workspace. */
  measure(): Promise<void>;
  /** As a machine that has lost its network: connections stay open, and nothing comes. */
  silence(isSilent: boolean): void;
  close(): Promise<void>;
}

export function session(n: number, more: Partial<WorkspaceSession> = {}): WorkspaceSession {
  const now = Date.now();
  return {
    id: `isis-${n}`,
    site: "isis",
    instance: `host-172-16-100-${n}.nubes.stfc.ac.uk:9100`,
    project: "IDAaaS",
    machine: ["Muon", "Artemis (Matlab)", "Excitations"][n % 3] ?? null,
    user: `user${n}`,
    group: "Muons",
    startedAt: now - (n + 1) * 600_000,
    endedAt: null,
    countedUntil: now - 2000,
    runtimeSeconds: 600 + n,
    unknownSeconds: 0,
    busyKwh: 0.02 + n / 1000,
    idleKwh: 0.01 + n / 1000,
    busyGco2eq: 4,
    idleGco2eq: 2,
    kwhWithoutCarbon: 0,
    ...more,
  };
}

export async function pageWorld(count: number, more: Partial<HandlerOptions> = {}): Promise<PageWorld> {
  const usage = memoryUsageStore();
  const workspaces = memoryWorkspaceStore();
  await workspaces.save(
    [
      session(0, { instance: SCRIPT, machine: SCRIPT, user: SCRIPT, idleKwh: 99 }),
      session(1, { unknownSeconds: 7200, kwhWithoutCarbon: 0.004, user: null, idleKwh: 98 }),
      ...Array.from({ length: Math.max(0, count - 2) }, (_, n) => session(n + 2)),
    ].slice(0, count),
  );
  await usage.replace([pastYear()]);

  const errors: unknown[] = [];
  const live = { open: 0 };
  const app = analysisApp({
    ...{ usage, workspaces, intensity: grid(), simulated: true, zone: "Europe/London" },
    sites: { clf: "CDAaaS", isis: "IDAaaS", diamond: "DDAaaS" },
    authorise: () => ({ allow: true, users: "all" }),
    live: { everyMs: 100 },
    onError: (error) => errors.push(error),
    ...more,
  });
  const listener = toNodeListener(app);
  let isSilent = false;
  const server = createServer((request, response) => {
    if (isSilent) return;
    if (request.url?.includes("/live")) {
      live.open++;
      response.on("close", () => live.open--);
    }
    const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
    response.write = (chunk: Uint8Array) => isSilent || write(chunk);
    listener(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    workspaces,
    errors,
    live,
    async measure() {
      const now = Date.now();
      const active = await workspaces.active("isis");
      await workspaces.save(
        active.map((each) => ({
          ...each,
          idleKwh: each.idleKwh + (now - each.countedUntil) * 1e-8,
          countedUntil: now,
        })),
      );
    },
    silence(silent) {
      isSilent = silent;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forty days of hours, without those of the hole. */
function pastYear() {
  const now = Date.now();
  const interval = { from: now - 40 * DAY_MS, to: now };
  const hours = finishedHours(interval, now).filter(
    (hour) => hour < HOLE_FROM - 12 * HOUR_MS || hour >= HOLE_TO + 12 * HOUR_MS,
  );
  const series = emptySeries({ kind: "project", name: "IDAaaS" }, hours, {
    library: "0.1.0",
    model: "per-core/1",
    intensity: null,
  });
  hours.forEach((hour, i) => {
    const size = 1 + Math.sin(hour / DAY_MS) / 2;
    series.busyCpuSeconds[i] = 3600 * size;
    series.idleCpuSeconds[i] = 3600;
    series.busyKwh[i] = 0.3 * size;
    series.idleKwh[i] = 0.1;
    series.busyGco2eq[i] = 60 * size;
    series.idleGco2eq[i] = 20;
    series.gco2eqPerKwh[i] = 200;
    series.coverage[i] = 1;
    series.status[i] = "fake";
  });
  return series;
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

export const CHROMIUM: string = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";

/** Whether the page can be driven here. In CI it must be. */
export const hasChromium: boolean = existsSync(CHROMIUM);

export function launch(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", ...quiet],
  });
}
