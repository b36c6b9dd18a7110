import type { CallOptions } from "../../stores/call-options.js";
import { DAY_MS } from "../../usage/hour.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { at, type UsageSeries } from "../../usage/series.js";
import { VERSION } from "../../usage/version.js";
import type { Grant } from "../access.js";
import { type MaySeeSum, sumsShownTo } from "../one-person.js";
import type { Service } from "../service.js";
import type { SessionCounts } from "./counted-sessions.js";
import type { CountedScope, Counts } from "./stored-energy.js";
import type { Metric, Sample } from "./text.js";

/** Prometheus keeps base units: joules, grams, seconds. */
const JOULES_PER_KWH = 3_600_000;

/** Everything there is to scrape. Users' own numbers are among it only for a viewer who may see all. */
export async function collectMetrics(
  service: Service,
  grant: Grant,
  options: CallOptions,
): Promise<Metric[]> {
  const maySeeSum = await sumsShownTo(grant, service);
  const info: Metric = {
    name: "ada_carbon_build",
    type: "info",
    help: "Version of ada-carbon.",
    samples: [{ labels: { version: VERSION, simulated: String(service.simulated) }, value: 1 }],
  };
  return [
    info,
    ...(await siteMetrics(service, options)),
    ...(await countedMetrics(service, maySeeSum, options)),
    ...(await hourMetrics(service, maySeeSum, grant === "all", options)),
    ...(await gridMetrics(service)),
  ];
}

async function siteMetrics(service: Service, options: CallOptions): Promise<Metric[]> {
  const { workspaces } = service.options;
  if (workspaces === undefined) return [];
  const names = Object.keys(service.sites);
  const sites = await service.countedSessions.read(workspaces, names, service.clock(), options);
  const each = (
    samples: (counts: SessionCounts) => readonly (readonly [use: string, value: number])[],
  ): Sample[] =>
    sites.flatMap(({ site, counts }) =>
      samples(counts).map(([use, value]) => ({ labels: { site, use }, value })),
    );
  return [
    {
      name: "ada_carbon_workspaces_active",
      type: "gauge",
      help: "Workspaces that are in use.",
      samples: sites.map(({ site, active }) => ({ labels: { site }, value: active })),
    },
    {
      name: "ada_carbon_workspaces_energy_joules",
      type: "counter",
      unit: "joules",
      help: "Electricity of all workspaces since the service started, estimated.",
      samples: each(({ busyKwh, idleKwh }) => [
        ["busy", busyKwh * JOULES_PER_KWH],
        ["idle", idleKwh * JOULES_PER_KWH],
      ]),
    },
    {
      name: "ada_carbon_workspaces_carbon_grams",
      type: "counter",
      unit: "grams",
      help: "CO2 equivalent of all workspaces since the service started, estimated.",
      samples: each(({ busyGco2eq, idleGco2eq }) => [
        ["busy", busyGco2eq],
        ["idle", idleGco2eq],
      ]),
    },
    {
      name: "ada_carbon_workspaces_unknown_seconds",
      type: "counter",
      unit: "seconds",
      help: "Time of workspaces since then of which nothing is known.",
      samples: sites.map(({ site, counts }) => ({ labels: { site }, value: counts.unknownSeconds })),
    },
  ];
}

/** Names of a kind that have counters of their own; those that appear later are counted together. */
const MOST_NAMES = 500;
const OTHERS = "(others)";

/** Counters for days and months: all of it, and by site, project and type of machine. */
async function countedMetrics(
  service: Service,
  maySeeSum: MaySeeSum,
  options: CallOptions,
): Promise<Metric[]> {
  const all = await service.storedEnergy.read(options);
  const ofKind = (kind: Scope["kind"]): CountedScope[] => all.filter(({ scope }) => scope.kind === kind);
  const sites = Object.entries(service.sites).flatMap(([site, projects]) =>
    ofKind("project")
      .filter(({ scope }) => projects.includes(scope.name))
      .map(({ counts }) => ({ kind: "site", name: site, counts })),
  );
  const scopes = (["ada", "project", "machine"] as const).flatMap((kind) =>
    ofKind(kind)
      .map(({ scope, counts }, i) => ({ scope, counts, name: i < MOST_NAMES ? scope.name : OTHERS }))
      .filter(({ scope }) => maySeeSum(scope))
      .map(({ name, counts }) => ({ kind, name, counts })),
  );
  const counted = [...sites, ...scopes];
  return [
    {
      name: "ada_carbon_energy_joules",
      type: "counter",
      unit: "joules",
      help: "Electricity of the hours stored since the service started, estimated.",
      samples: summed(counted, ({ busyKwh, idleKwh }) => [
        busyKwh * JOULES_PER_KWH,
        idleKwh * JOULES_PER_KWH,
      ]),
    },
    {
      name: "ada_carbon_carbon_grams",
      type: "counter",
      unit: "grams",
      help: "CO2 equivalent of the hours stored since the service started, estimated.",
      samples: summed(counted, ({ busyGco2eq, idleGco2eq }) => [busyGco2eq, idleGco2eq]),
    },
  ];
}

/** One busy and one idle sample of each name, with everything that has this name. */
function summed(
  counted: readonly { readonly kind: string; readonly name: string; readonly counts: Counts }[],
  amounts: (counts: Counts) => readonly [busy: number, idle: number],
): Sample[] {
  const names = Map.groupBy(counted, ({ kind, name }) => JSON.stringify([kind, name]));
  return [...names.values()].flatMap((same) => {
    const [{ kind, name } = { kind: "", name: "" }] = same;
    return ["busy", "idle"].map((use, i) => ({
      labels: { kind, name, use },
      value: same.reduce((sum, { counts }) => sum + (amounts(counts)[i] ?? 0), 0),
    }));
  });
}

/** The last hour of each scope that has energy. A gauge: hours are corrected later, which no counter may be. */
async function hourMetrics(
  service: Service,
  maySeeSum: MaySeeSum,
  seesAll: boolean,
  options: CallOptions,
): Promise<Metric[]> {
  const now = service.clock();
  const recent = { from: now - 2 * DAY_MS, to: now };
  const scopes: Scope[] = [ADA];
  for (const kind of ["project", "machine", "group", "user"] as const) {
    const found = await service.usage.scopes(kind, options);
    scopes.push(...found.filter((scope) => maySeeSum(scope) && (kind !== "user" || seesAll)));
  }
  const energy: Sample[] = [];
  const carbon: Sample[] = [];
  const ends: Sample[] = [];
  for (const scope of scopes) {
    const series = await service.usage.read(scope, recent, options);
    const row = lastKnown(series);
    if (row < 0) continue;
    const labels = { kind: scope.kind, name: scope.name };
    for (const [use, kwh, grams] of [
      ["busy", at(series.busyKwh, row), at(series.busyGco2eq, row)],
      ["idle", at(series.idleKwh, row), at(series.idleGco2eq, row)],
    ] as const) {
      energy.push({ labels: { ...labels, use }, value: kwh * JOULES_PER_KWH });
      if (!Number.isNaN(grams)) carbon.push({ labels: { ...labels, use }, value: grams });
    }
    ends.push({ labels, value: (series.hours[row] ?? 0) / 1000 });
  }
  return [
    {
      name: "ada_carbon_hour_energy_joules",
      type: "gauge",
      unit: "joules",
      help: "Electricity of the last stored hour, estimated.",
      samples: energy,
    },
    {
      name: "ada_carbon_hour_carbon_grams",
      type: "gauge",
      unit: "grams",
      help: "CO2 equivalent of the last stored hour, estimated.",
      samples: carbon,
    },
    {
      name: "ada_carbon_hour_start_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "Start of the last stored hour.",
      samples: ends,
    },
  ];
}

function lastKnown(series: UsageSeries): number {
  let row = series.hours.length - 1;
  while (row >= 0 && Number.isNaN(at(series.busyKwh, row))) row--;
  return row;
}

async function gridMetrics(service: Service): Promise<Metric[]> {
  if (service.grid === null) return [];
  const { now } = await service.grid.now(0);
  const labels = { source: service.grid.id, kind: now?.kind ?? "" };
  return [
    {
      name: "ada_carbon_grid_intensity_grams_per_kilowatthour",
      type: "gauge",
      help: "Carbon intensity of electricity now. Absent when it is not known.",
      samples: now === null ? [] : [{ labels, value: now.gco2eqPerKwh }],
    },
  ];
}
