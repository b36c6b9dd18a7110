import type { CallOptions } from "../../stores/call-options.js";
import { DAY_MS } from "../../usage/hour.js";
import { JOULES_PER_KWH } from "../../usage/physical.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { eachQuantity, numberAt } from "../../usage/series.js";
import { VERSION } from "../../usage/version.js";
import type { Grant } from "../access.js";
import { type MaySeeSum, sumsShownTo } from "../one-person.js";
import type { Service } from "../service.js";
import { type CountedScope, type Counts, eachCount } from "./stored-energy.js";
import type { Metric, Sample } from "./text.js";

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

/** Energy and carbon of something, kWh and grams; NaN where they are not known. */
interface Used {
  readonly labels: Sample["labels"];
  readonly counts: Counts;
}

/** What was used, busy and idle, as a metric of energy and one of carbon. Prometheus keeps base units: joules, grams. */
function energyAndCarbon(prefix: string, type: Metric["type"], what: string, all: readonly Used[]): Metric[] {
  const samples = (busy: keyof Counts, idle: keyof Counts, units: number): Sample[] =>
    all
      .flatMap(({ labels, counts }) => [
        { labels: { ...labels, use: "busy" }, value: counts[busy] * units },
        { labels: { ...labels, use: "idle" }, value: counts[idle] * units },
      ])
      .filter(({ value }) => !Number.isNaN(value));
  return [
    {
      name: `${prefix}_energy_joules`,
      type,
      unit: "joules",
      help: `Electricity of ${what}, estimated.`,
      samples: samples("busyKwh", "idleKwh", JOULES_PER_KWH),
    },
    {
      name: `${prefix}_carbon_grams`,
      type,
      unit: "grams",
      help: `CO2 equivalent of ${what}, estimated.`,
      samples: samples("busyGco2eq", "idleGco2eq", 1),
    },
  ];
}

async function siteMetrics(service: Service, options: CallOptions): Promise<Metric[]> {
  const { workspaces } = service.options;
  if (workspaces === undefined) return [];
  const names = Object.keys(service.sites);
  const counted = await service.countedSessions.read(workspaces, names, service.clock(), options);
  const sites = counted.map(({ site, active, counts }) => ({ labels: { site }, active, counts }));
  return [
    {
      name: "ada_carbon_workspaces_active",
      type: "gauge",
      help: "Workspaces that are in use.",
      samples: sites.map(({ labels, active }) => ({ labels, value: active })),
    },
    ...energyAndCarbon("ada_carbon_workspaces", "counter", "all workspaces since the service started", sites),
    {
      name: "ada_carbon_workspaces_unknown_seconds",
      type: "counter",
      unit: "seconds",
      help: "Time of workspaces since then of which nothing is known.",
      samples: sites.map(({ labels, counts }) => ({ labels, value: counts.unknownSeconds })),
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
      .map(({ counts }): Used => ({ labels: { kind: "site", name: site }, counts })),
  );
  const scopes = (["ada", "project", "machine"] as const).flatMap((kind) =>
    ofKind(kind)
      .map(({ scope, counts }, i) => ({ scope, counts, name: i < MOST_NAMES ? scope.name : OTHERS }))
      .filter(({ scope }) => maySeeSum(scope))
      .map(({ name, counts }): Used => ({ labels: { kind, name }, counts })),
  );
  const what = "the hours stored since the service started";
  return energyAndCarbon("ada_carbon", "counter", what, summed([...sites, ...scopes]));
}

/** Everything that has the same labels as one. */
function summed(counted: readonly Used[]): Used[] {
  const groups = Map.groupBy(counted, ({ labels }) => JSON.stringify(labels));
  return [...groups].map(([labels, same]) => ({
    labels: JSON.parse(labels),
    counts: eachCount((name) => same.reduce((sum, { counts }) => sum + counts[name], 0)),
  }));
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
  const last: Used[] = [];
  const starts: Sample[] = [];
  for (const scope of scopes) {
    const series = await service.usage.read(scope, recent, options);
    const row = series.busyKwh.findLastIndex((kwh) => !Number.isNaN(kwh));
    if (row < 0) continue;
    const labels = { kind: scope.kind, name: scope.name };
    last.push({ labels, counts: eachQuantity((name) => numberAt(series[name], row)) });
    starts.push({ labels, value: (series.hours[row] ?? 0) / 1000 });
  }
  return [
    ...energyAndCarbon("ada_carbon_hour", "gauge", "the last stored hour", last),
    {
      name: "ada_carbon_hour_start_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "Start of the last stored hour.",
      samples: starts,
    },
  ];
}

async function gridMetrics(service: Service): Promise<Metric[]> {
  if (service.grids === null) return [];
  const samples = service.grids.all.map(async (grid): Promise<Sample[]> => {
    const { now } = await grid.now(0);
    return now === null ? [] : [{ labels: { source: grid.id, kind: now.kind }, value: now.gco2eqPerKwh }];
  });
  return [
    {
      name: "ada_carbon_grid_intensity_grams_per_kilowatthour",
      type: "gauge",
      help: "Carbon intensity of electricity now. Absent when it is not known.",
      samples: (await Promise.all(samples)).flat(),
    },
  ];
}
