import { type Command, Option } from "commander";
import type { GroupOf } from "../attribution/owners.js";
import { groupByProject, groupByProjectAndMachine } from "../attribution/owners.js";
import type { PowerModel } from "../power/model.js";
import type { SyncReport } from "../sync/events.js";
import type { SyncOptions } from "../sync/options.js";
import { given } from "../usage/given.js";
import { DAY_MS, HOUR_MS, type Interval } from "../usage/hour.js";
import type { SiteProjects } from "../usage/site-projects.js";
import { type IntensityCacheFlags, type IntensityFlags, intensitySource } from "./grids.js";
import { type HostReadings, readHostMeters, warnOfDoubtful } from "./host-meters.js";
import type { Io } from "./io.js";
import { addMeterSourceOptions, type MeterSourceFlags } from "./meters.js";
import { collect, count, gramsPerKwh, number } from "./parse.js";
import {
  addPowerOptions,
  type ChosenPower,
  chosenPower,
  type PowerFlags,
  warnOfNearlyKnown,
} from "./power-options.js";
import {
  addPrometheusOptions,
  joined,
  type PrometheusFlags,
  type PrometheusServer,
  projectsOfSite,
} from "./prometheus-servers.js";
import {
  addIntensityOptions,
  intensityCacheOption,
  type MarketFlags,
  type ModeFlags,
  marketOption,
  marketSource,
  modesOption,
  modesPolicy,
  withEnv,
} from "./shared-options.js";
import type { OpenStores } from "./stores.js";
import { tenureSource } from "./tenures.js";
import { ofFlags } from "./usage-error.js";

/** How hours are measured and computed: what `sync` does once, and `serve` every hour. */
export interface SyncRunFlags
  extends PrometheusFlags,
    IntensityFlags,
    IntensityCacheFlags,
    MarketFlags,
    ModeFlags,
    MeterSourceFlags,
    PowerFlags {
  readonly project?: readonly string[];
  readonly fallbackIntensity?: number;
  readonly model: "per-core" | "machine-average";
  readonly tenures?: string;
  readonly groups: "project" | "project-machine";
  readonly hosts: boolean;
  readonly concurrency?: number;
  readonly recordingRules?: true | string;
  readonly completeAt: number;
  readonly recheckHours: number;
  readonly graceMinutes: number;
  readonly repairDays: number;
}

export function addSyncRunOptions(command: Command, io: Io): Command {
  command.option("--project <name>", "only this project; may be given several times", collect);
  addPowerOptions(addIntensityOptions(command, io))
    .addOption(intensityCacheOption())
    .addOption(withEnv(marketOption(), io, "ADA_CARBON_MARKET"))
    .option("--fallback-intensity <g>", "gCO2eq/kWh for hours the API knows nothing about", gramsPerKwh)
    .addOption(modesOption())
    .addOption(
      new Option(
        "--model <model>",
        "per-core, or machine-average: what is normal for a machine name, per-core for the others",
      )
        .choices(["per-core", "machine-average"])
        .default("per-core"),
    )
    .option("--tenures <file>", "who held which host when, CSV or JSON: users, groups and experiments by it")
    .addOption(
      new Option("--groups <by>", "the group of a host that no tenure names")
        .choices(["project", "project-machine"])
        .default("project"),
    )
    .option(
      "--no-hosts",
      "do not store each host: explain, restate and averages then have nothing to work on",
    );
  addMeterSourceOptions(command, "energy of hosts that have meters of their own, instead of an estimate");
  return addPrometheusOptions(command, io)
    .option("--concurrency <n>", "most requests to Prometheus at a time (4 without)", count)
    .addOption(
      new Option(
        "--recording-rules [prefix]",
        "read the sums that Prometheus records by ada-carbon rules (prefix ada without); no hosts, so no tenures and no meters of hosts",
      ).conflicts(["tenures", "demo", "meter"]),
    )
    .option(
      "--complete-at <share>",
      "coverage under which an hour is incomplete",
      number(0, "share", 1),
      0.99,
    )
    .option(
      "--repair-days <days>",
      "how long every run tries incomplete and provisional hours again; later, intensities once a day",
      number(0, "days"),
      14,
    )
    .option(
      "--recheck-hours <hours>",
      "how far back hours that are done are compared with what Prometheus has now",
      number(0, "hours"),
      48,
    )
    .option(
      "--grace-minutes <minutes>",
      "how much longer others must be heard for a silent host to be gone; until then its hours wait",
      number(0, "minutes"),
      30,
    );
}

/** The group of a host that no tenure names, as `--groups` says. */
export function groupsBy({ groups }: Pick<SyncRunFlags, "groups">): GroupOf {
  return groups === "project" ? groupByProject : groupByProjectAndMachine;
}

/** What a run is about, beyond the flags. */
export interface SyncTask {
  readonly servers: readonly PrometheusServer[];
  /** The projects of sites. A server that is called as a site has them, and grids may be named by site. */
  readonly sites?: SiteProjects | undefined;
  readonly interval: Interval;
  /** Whether both are simulated. */
  readonly fake: boolean;
}

/** What a run is made of. */
export interface SyncRun {
  readonly options: SyncOptions;
  /** Once it has run: names machines that are nearly known, and meters that cannot be right. */
  warnOfDoubts(report: SyncReport): Promise<void>;
}

/** The options of one run. Files that flags name are read now, so a run later sees what has changed in them. */
export async function syncOptionsOf(
  flags: SyncRunFlags,
  task: SyncTask,
  stores: OpenStores,
  io: Io,
): Promise<SyncRun> {
  const { interval, fake, sites } = task;
  const [cpu, intensity, power] = await Promise.all([
    cpuSource(flags, task, io),
    intensitySource(flags, io, { cache: { kept: stores.intensityCache, flags }, sites }),
    powerOf(flags, stores, io),
  ]);
  const hosts = flags.hosts && flags.recordingRules === undefined;
  const metered = await readHostMeters(flags, interval, io);
  const source = await tenureSource(flags.tenures);
  const options: SyncOptions = {
    cpu,
    intensity,
    marketIntensity: await marketSource(flags, io),
    store: stores.usage,
    averages: hosts ? stores.averages : undefined,
    interval,
    projects: flags.project,
    power: metered === undefined ? power.model : await withMeters(power.model, metered),
    fallbackGco2eqPerKwh: flags.fallbackIntensity,
    tenures: source && { source },
    groupOf: groupsBy(flags),
    hosts,
    completeAt: flags.completeAt,
    recheckMs: flags.recheckHours * HOUR_MS,
    repairHorizonMs: flags.repairDays * DAY_MS,
    fake,
    clock: io.clock,
    signal: io.signal,
  };
  return {
    options,
    async warnOfDoubts({ unknownMachines }) {
      warnOfNearlyKnown(power.machines, unknownMachines?.names ?? [], io);
      if (metered !== undefined && hosts) await warnOfDoubtful(metered, stores.usage, interval, io);
    },
  };
}

/** The server, or all of them as one. */
async function cpuSource(
  flags: SyncRunFlags,
  { servers, sites }: SyncTask,
  io: Io,
): Promise<SyncOptions["cpu"]> {
  const { ADA_SITES, prometheusCpuSource, severalCpuSources } = await import("../prometheus/index.js");
  // The sites of Ada are those of its project label.
  const known = sites ?? (flags.label?.project === undefined ? ADA_SITES : undefined);
  const { concurrency, recordingRules } = flags;
  return ofFlags(() =>
    joined(
      servers,
      ({ endpoint }) =>
        prometheusCpuSource({
          ...endpoint,
          ...given({ concurrency, recordingRules }),
          graceMs: flags.graceMinutes * 60_000,
          clock: io.clock,
        }),
      (sources) =>
        severalCpuSources(
          sources.map((named) => ({ ...named, projects: projectsOfSite(known, named.name) })),
        ),
    ),
  );
}

async function withMeters(fallback: PowerModel, { meters, where }: HostReadings): Promise<PowerModel> {
  const { meteredModel } = await import("../meters/index.js");
  return meteredModel(meters, { where, fallback });
}

async function powerOf(flags: SyncRunFlags, stores: OpenStores, io: Io): Promise<ChosenPower> {
  const chosen = await chosenPower(flags, modesPolicy(flags), stores, io);
  if (flags.model === "per-core") return chosen;
  const { machineAverageModel, repairAverages } = await import("../averages/index.js");
  // The model is made of them: what a run that was cut off left behind is mended first.
  await repairAverages(stores.usage, stores.averages, { signal: io.signal });
  const model = await machineAverageModel(stores.averages, chosen.model, { signal: io.signal });
  return { ...chosen, model };
}
