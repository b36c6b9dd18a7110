import type { CallOptions } from "../../stores/call-options.js";
import { DAY_MS } from "../../usage/hour.js";
import { JOULES_PER_KWH } from "../../usage/physical.js";
import { ADA, type Scope } from "../../usage/scope.js";
import { numberAt } from "../../usage/series.js";
import { VERSION } from "../../usage/version.js";
import type { Grant } from "../access.js";
import { type MaySeeSum, sumsShownTo } from "../one-person.js";
import type { Service } from "../service.js";
import { type Amounts, type CountedScope, gramsOfHour } from "./stored-energy.js";
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

/** What something used, kWh or grams; NaN where that is not known. */
interface Used extends Amounts {
  readonly labels: Sample["labels"];
}

/** What was used, busy and idle, as a metric of energy and one of carbon. Prometheus keeps base units: joules, grams. */
function energyAndCarbon(
  prefix: string,
  type: Metric["type"],
  what: string,
  { energy, grams }: { readonly energy: readonly Used[]; readonly grams: readonly Used[] },
): Metric[] {
  const samples = (all: readonly Used[], units: number): Sample[] =>
    all
      .flatMap(({ labels, busy, idle }) => [
        { labels: { ...labels, use: "busy" }, value: busy * units },
        { labels: { ...labels, use: "idle" }, value: idle * units },
      ])
      .filter(({ value }) => !Number.isNaN(value));
  return [
    {
      name: `${prefix}_energy_joules`,
      type,
      unit: "joules",
      help: `Electricity of ${what}, estimated.`,
      samples: samples(energy, JOULES_PER_KWH),
    },
    {
      name: `${prefix}_carbon_grams`,
      type,
      unit: "grams",
      help: `CO2 equivalent of ${what}, estimated, without energy of unknown intensity. Grams of two bases are never added.`,
      samples: samples(grams, 1),
    },
  ];
}

/** Grams with what they count as a label, which is left out where they do not say. */
function gramsOf(labels: Sample["labels"], { busy, idle }: Amounts, basis = ""): Used {
  return { labels: basis === "" ? labels : { ...labels, basis }, busy, idle };
}

async function siteMetrics(service: Service, options: CallOptions): Promise<Metric[]> {
  const { workspaces } = service.options;
  if (workspaces === undefined) return [];
  const names = Object.keys(service.sites);
  const counted = await service.countedSessions.read(workspaces, names, service.clock(), options);
  const sites = counted.map(({ site, active, counts }) => ({ labels: { site }, active, counts }));
  const energy = sites.map(({ labels, counts }) => ({ labels, busy: counts.busyKwh, idle: counts.idleKwh }));
  const grams = sites.map(({ labels, counts }) => ({
    ...{ labels, busy: counts.busyGco2eq, idle: counts.idleGco2eq },
  }));
  return [
    {
      name: "ada_carbon_workspaces_active",
      type: "gauge",
      help: "Workspaces that are in use.",
      samples: sites.map(({ labels, active }) => ({ labels, value: active })),
    },
    ...energyAndCarbon("ada_carbon_workspaces", "counter", "all workspaces since the service started", {
      energy,
      grams,
    }),
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
      .map((counted) => ({ ...counted, labels: { kind: "site", name: site } })),
  );
  const scopes = (["ada", "project", "machine"] as const).flatMap((kind) =>
    ofKind(kind)
      .map((counted, i) => ({
        ...counted,
        labels: { kind, name: i < MOST_NAMES ? counted.scope.name : OTHERS },
      }))
      .filter(({ scope }) => maySeeSum(scope)),
  );
  const counted = [...sites, ...scopes];
  return energyAndCarbon("ada_carbon", "counter", "the hours stored since the service started", {
    energy: summed(counted.map(({ labels, energy }) => ({ labels, ...energy }))),
    grams: summed(
      counted.flatMap(({ labels, grams }) =>
        [...grams].map(([basis, amounts]) => gramsOf(labels, amounts, basis)),
      ),
    ),
  });
}

/** Everything that has the same labels as one. */
function summed(counted: readonly Used[]): Used[] {
  const groups = Map.groupBy(counted, ({ labels }) => JSON.stringify(labels));
  return [...groups.values()].map((same) => ({
    labels: same[0]?.labels ?? {},
    busy: same.reduce((sum, { busy }) => sum + busy, 0),
    idle: same.reduce((sum, { idle }) => sum + idle, 0),
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
  const energy: Used[] = [];
  const grams: Used[] = [];
  const starts: Sample[] = [];
  for (const scope of scopes) {
    const series = await service.usage.read(scope, recent, options);
    const row = series.busyKwh.findLastIndex((kwh) => !Number.isNaN(kwh));
    if (row < 0) continue;
    const labels = { kind: scope.kind, name: scope.name };
    energy.push({ labels, busy: numberAt(series.busyKwh, row), idle: numberAt(series.idleKwh, row) });
    const ofHour = gramsOfHour(series, row);
    if (ofHour !== undefined) grams.push(gramsOf(labels, ofHour, ofHour.basis));
    starts.push({ labels, value: (series.hours[row] ?? 0) / 1000 });
  }
  return [
    ...energyAndCarbon("ada_carbon_hour", "gauge", "the last stored hour", { energy, grams }),
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
    const { now } = await grid.soon(0);
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
