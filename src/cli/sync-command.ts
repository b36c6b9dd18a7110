import { type Command, Option } from "commander";
import { groupByProject, groupByProjectAndMachine } from "../attribution/owners.js";
import type { PowerModel } from "../power/model.js";
import type { SyncReport } from "../sync/events.js";
import type { SyncOptions } from "../sync/options.js";
import { runSync } from "../sync/sync.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, HOUR_MS } from "../usage/hour.js";
import { DEMO_INTERVAL, type Demo, startDemo } from "./demo.js";
import { commandOf } from "./help.js";
import { type HostReadings, readHostMeters, warnOfDoubtful } from "./host-meters.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addMeterSourceOptions, type MeterSourceFlags } from "./meters.js";
import { collect, count, hour, number } from "./parse.js";
import {
  addPowerOptions,
  type ChosenPower,
  chosenPower,
  type PowerFlags,
  warnOfNearlyKnown,
} from "./power-options.js";
import { progressView } from "./progress.js";
import {
  addIntensityOptions,
  addPrometheusOptions,
  type IntensityCacheFlags,
  type IntensityFlags,
  intensityCacheOption,
  intensitySource,
  type ModeFlags,
  modesOption,
  modesPolicy,
  type PrometheusFlags,
  prometheusOptions,
  prometheusUrlOption,
  throughCache,
} from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { printReport } from "./sync-report.js";
import { tenureSource } from "./tenures.js";

interface SyncFlags
  extends PrometheusFlags,
    IntensityFlags,
    IntensityCacheFlags,
    StoreFlags,
    ModeFlags,
    MeterSourceFlags,
    PowerFlags {
  readonly from?: number;
  readonly to?: number;
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
  readonly demo?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export function syncCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "sync",
    "--prometheus URL --from ISO --to ISO --out DIR [OPTION]...\n--demo [OPTION]...",
    PAGE,
  )
    .addOption(prometheusUrlOption(io))
    .option("--from <iso>", "first hour, such as 2025-09-10T00:00:00Z", hour)
    .option("--to <iso>", "end of the last hour", hour);
  addStoreOptions(command, io).option(
    "--project <name>",
    "only this project; may be given several times",
    collect,
  );
  addPowerOptions(addIntensityOptions(command, io))
    .addOption(intensityCacheOption())
    .option(
      "--fallback-intensity <g>",
      "gCO2eq/kWh for hours the API knows nothing about",
      number(0, "grams"),
    )
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
    .option("--complete-at <share>", "coverage under which an hour is incomplete", number(0, "share"), 0.99)
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
    )
    .option("--demo", "use a simulated cluster and grid; needs no server")
    .option("--json", "print the report as JSON")
    .option("--quiet", "no progress; warnings and findings are shown")
    .action(async (flags: SyncFlags) => end(await synchronise(flags, io)));
}

async function synchronise(flags: SyncFlags, io: Io): Promise<ExitStatus> {
  const demo = flags.demo === true ? await startDemo(flags, io) : undefined;
  try {
    return await withStores(
      flags,
      async (stores) => {
        // The demo is to work on an empty database as it is; anyone else makes tables on purpose.
        if (demo !== undefined) await stores.migrate(io.signal);
        const report = await runWith(flags, stores, demo, io);
        printReport(report, stores, { json: flags.json === true, simulated: demo !== undefined }, io);
        return report.failed > 0 || report.wanting > 0 ? EXIT.incomplete : EXIT.ok;
      },
      demo?.out,
    );
  } finally {
    await demo?.close();
  }
}

async function runWith(
  flags: SyncFlags,
  stores: OpenStores,
  demo: Demo | undefined,
  io: Io,
): Promise<SyncReport> {
  const [{ prometheusCpuSource }, grid, power] = await Promise.all([
    import("../prometheus/cpu-source.js"),
    intensitySource(demo === undefined ? flags : { ...flags, intensity: demo.intensityUrl }, io),
    powerOf(flags, stores, io),
  ]);
  const hosts = flags.hosts && flags.recordingRules === undefined;
  const url = demo?.prometheusUrl ?? needed(flags.prometheus, "--prometheus URL");
  const interval = {
    from: needed(flags.from ?? demo?.interval.from, "--from ISO"),
    to: needed(flags.to ?? demo?.interval.to, "--to ISO"),
  };
  const metered = await readHostMeters(flags, interval, io);
  const options: SyncOptions = {
    cpu: prometheusCpuSource({
      ...prometheusOptions(flags, url),
      ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
      ...(flags.recordingRules === undefined ? {} : { recordingRules: flags.recordingRules }),
      graceMs: flags.graceMinutes * 60_000,
      clock: io.clock,
    }),
    intensity: await throughCache(grid, stores.intensityCache, flags, io),
    store: stores.usage,
    averages: hosts ? stores.averages : undefined,
    interval,
    projects: flags.project,
    power: metered === undefined ? power.model : await withMeters(power.model, metered),
    fallbackGco2eqPerKwh: flags.fallbackIntensity,
    tenures: flags.tenures === undefined ? undefined : { source: await tenureSource(flags.tenures) },
    groupOf: flags.groups === "project" ? groupByProject : groupByProjectAndMachine,
    hosts,
    completeAt: flags.completeAt,
    recheckMs: flags.recheckHours * HOUR_MS,
    repairHorizonMs: flags.repairDays * DAY_MS,
    fake: demo !== undefined,
    clock: io.clock,
    signal: io.signal,
  };
  const view = progressView(io, flags.quiet === true);
  let report: SyncReport;
  try {
    report = await runSync(options, (event) => view.show(event));
  } finally {
    view.stop();
  }
  warnOfNearlyKnown(power.machines, report.unknownMachines?.names ?? [], io);
  if (metered !== undefined && hosts) await warnOfDoubtful(metered, stores.usage, interval, io);
  return report;
}

async function withMeters(fallback: PowerModel, { meters, where }: HostReadings): Promise<PowerModel> {
  const { meteredModel } = await import("../meters/index.js");
  return meteredModel(meters, { where, fallback });
}

async function powerOf(flags: SyncFlags, stores: OpenStores, io: Io): Promise<ChosenPower> {
  const chosen = await chosenPower(flags, modesPolicy(flags), stores, io);
  if (flags.model === "per-core") return chosen;
  const { machineAverageModel, repairAverages } = await import("../averages/index.js");
  // The model is made of them: what a run that was cut off left behind is mended first.
  await repairAverages(stores.usage, stores.averages, { signal: io.signal });
  const model = await machineAverageModel(stores.averages, chosen.model, { signal: io.signal });
  return { ...chosen, model };
}

function needed<T>(value: T | undefined, flag: string): T {
  if (value !== undefined) return value;
  throw new AdaCarbonError(
    "bad-input",
    `${flag} is missing; see ada-carbon sync --help, or try ada-carbon sync --demo`,
  );
}

const PAGE = {
  description: [
    "Measures the CPU-seconds of every hour that is not stored yet, turns them into kWh by a power model and into gCO2eq by the grid's carbon intensity of that hour, says whose they were by the labels of the hosts, and stores one Parquet file a scope.",
    "",
    "It can be run at any time and again: hours that are done are left alone unless late data have come, hours that failed or were not heard to their end are measured again, forecasts are replaced when measured intensities are published, however late: every run asks for 14 days (--repair-days), later one does a day. Without --project, every project that Prometheus knows in the interval is meant.",
    "",
    `The interval is half-open and its ends are on the hour. --demo covers ${DEMO_INTERVAL.text} unless told otherwise, and writes to ./ada-carbon-demo.`,
  ].join("\n"),
  sections: [
    {
      title: "FILES",
      body: [
        "    DIR/usage/ada.parquet              everything",
        "    DIR/usage/project/NAME.parquet     a project; likewise machine/, user/, group/",
        "    DIR/intensity/                     what the grid's API said, kept so that it is not asked twice; may be deleted",
        "",
        "One row an hour: timestamp, busy and idle CPU-seconds, kWh and gCO2eq, and a status: not downloaded, download incomplete, unprocessed, processed or fake.",
      ].join("\n"),
    },
    {
      title: "EXIT STATUS",
      body: "0 all is well, 1 failed, 2 wrong command line, 3 finished but some hours are still wanting: not downloaded, incomplete and to be tried again, or without carbon. Hours that are only too young are not.",
    },
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon sync --prometheus https://user:password@prometheus.example \\",
        "        --from 2025-09-10T00:00:00Z --to 2025-09-11T06:00:00Z --out carbon \\",
        "        --project IDAaaS --project CDAaaS --project DDAaaS",
        "    ada-carbon sync --demo --json | jq .statuses",
      ].join("\n"),
    },
  ],
};
