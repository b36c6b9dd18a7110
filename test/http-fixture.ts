import type { IntensityPeriod, WorkspaceSession } from "ada-carbon";
import {
  ADA,
  DAY_MS,
  emptySeries,
  finishedHours,
  HOUR_MS,
  type Scope,
  type ScopeKind,
  type UsageSeries,
} from "ada-carbon";
import { noAverages, withHour } from "ada-carbon/averages";
import { createHandler, type Handler, type HandlerOptions } from "ada-carbon/http";
import type { ForecastSource } from "ada-carbon/intensity";
import { memoryAverageStore, memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";

// A small world for the handler: two projects with a week of hours, of which one hour is missing.

export const NOW: number = Date.UTC(2025, 8, 10, 12, 10);
export const WEEK: { from: number; to: number } = { from: NOW - 7 * DAY_MS, to: NOW };
/** The hour that was not downloaded. */
export const HOLE: number = Date.UTC(2025, 8, 9, 3);

const PROVENANCE = { library: "0.1.0", model: "per-core/1", intensity: null };

/** Of rows of hosts: whose they were. */
const HOST = {
  ...{ project: "IDAaaS", machine: "Muon", user: "amara", expectedCpuSeconds: 5400, up: null, by: "labels" },
  owners: [
    {
      ...{ project: "IDAaaS", machine: "Muon", user: "amara", group: "Muons", experiment: "unattributed" },
      ...{ busyShare: 1, idleShare: 1 },
    },
  ],
};

/** Hours of 1 kWh busy and 0.5 kWh idle at 100 g per kWh, times `size`. */
export function hours(scope: Scope, size = 1): UsageSeries {
  const provenance = scope.kind === "host" ? { ...PROVENANCE, host: HOST } : PROVENANCE;
  const series = emptySeries(scope, finishedHours(WEEK, NOW), provenance);
  series.hours.forEach((hour, i) => {
    if (hour === HOLE) return;
    series.busyCpuSeconds[i] = 3600 * size;
    series.idleCpuSeconds[i] = 1800 * size;
    series.busyKwh[i] = size;
    series.idleKwh[i] = size / 2;
    series.busyGco2eq[i] = 100 * size;
    series.idleGco2eq[i] = 50 * size;
    series.gco2eqPerKwh[i] = 100;
    series.coverage[i] = 1;
    series.status[i] = "fake";
  });
  return series;
}

export const EVIL = '<script>alert("x")</script>\nnew "line" \\';

export function session(n: number, more: Partial<WorkspaceSession> = {}): WorkspaceSession {
  return {
    id: `isis/host-${n}:9100/user${n}/${NOW - HOUR_MS}`,
    site: "isis",
    instance: `host-${n}:9100`,
    project: "IDAaaS",
    machine: "Muon",
    user: `user${n}`,
    group: "Muons",
    startedAt: NOW - HOUR_MS,
    endedAt: null,
    countedUntil: NOW - 30_000,
    runtimeSeconds: 1200,
    unknownSeconds: 0,
    busyKwh: 0.02,
    idleKwh: 0.01,
    busyGco2eq: 2,
    idleGco2eq: 1,
    kwhWithoutCarbon: 0,
    ...more,
  };
}

/** A grid of half hours that are cheapest four hours from now. */
export function grid(): ForecastSource {
  const half = HOUR_MS / 2;
  const periods = (from: number, to: number, kind: IntensityPeriod["kind"]): IntensityPeriod[] => {
    const list: IntensityPeriod[] = [];
    for (let t = Math.floor(from / half) * half; t < to; t += half) {
      const away = Math.abs(t - (Math.floor(NOW / half) * half + 4 * HOUR_MS)) / half;
      list.push({ from: t, to: t + half, gco2eqPerKwh: 50 + 10 * away, kind, fetchedAt: NOW });
    }
    return list;
  };
  return {
    id: "gb-carbon-intensity/national",
    hasActual: true,
    periods: async ({ from, to }) => periods(from, to, "actual"),
    forecast: async (from, ahead) => periods(from, from + ahead * HOUR_MS, "forecast"),
  };
}

export interface World {
  readonly options: HandlerOptions;
  readonly handler: Handler;
  readonly errors: unknown[];
  get(path: string, init?: RequestInit): Promise<Response>;
}

const OWNERS: readonly (readonly [ScopeKind, string, number])[] = [
  ["project", "IDAaaS", 1],
  ["project", "CDAaaS", 2],
  ["machine", "Muon", 1],
  ["machine", EVIL, 2],
  ["user", "amara", 1],
  ["user", "bjorn", 2],
  ["group", "Muons", 3],
  ["experiment", "unattributed", 3],
  ["host", "host-1:9100", 1],
];

export async function world(more: Partial<HandlerOptions> = {}): Promise<World> {
  const usage = memoryUsageStore();
  const workspaces = memoryWorkspaceStore();
  const averages = memoryAverageStore();
  await usage.replace([hours(ADA, 3), ...OWNERS.map(([kind, name, size]) => hours({ kind, name }, size))]);
  await workspaces.save([
    session(1),
    session(2, { instance: EVIL, user: "amara" }),
    session(3, { endedAt: NOW }),
  ]);
  const machineHour = {
    ...{ machine: "Muon", weight: 1, busyCpuSeconds: 3600, idleCpuSeconds: 1800 },
    ...{ busyKwh: 1, idleKwh: 0.5, busyGco2eq: 100, idleGco2eq: 50 },
  };
  await averages.put([withHour(noAverages("Muon"), machineHour)]);
  const errors: unknown[] = [];
  const options: HandlerOptions = {
    usage,
    workspaces,
    averages,
    intensity: grid(),
    sites: { isis: "IDAaaS", clf: ["CDAaaS"], both: ["IDAaaS", "CDAaaS"] },
    budgets: { budget: async ({ name }) => (name === "amara" ? { kwh: 1000, setBy: "ISIS" } : undefined) },
    clock: () => NOW,
    onError: (error) => errors.push(error),
    ...more,
  };
  const handler = createHandler(options);
  const base = `http://test${options.basePath ?? ""}`;
  return { options, handler, errors, get: (path, init) => handler(new Request(`${base}${path}`, init)) };
}
