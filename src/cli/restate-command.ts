import { type Command, InvalidArgumentError } from "commander";
import { describeBasis } from "../intensity/basis.js";
import type { EnergyMeters } from "../power/model.js";
import { UsageReader } from "../reports/usage-reader.js";
import type { RenamedProject } from "../sync/host-names.js";
import { type RestateReport, restate } from "../sync/restate-interval.js";
import { formatInterval, type Interval } from "../usage/hour.js";
import { ADA, formatScope } from "../usage/scope.js";
import { statusOfHours } from "./asked-hours.js";
import { CHANGE_COLUMNS, CHANGE_LEGEND, MARKET_CHANGE_COLUMNS } from "./audit-tables.js";
import { type IntensityFlags, intensitySource } from "./grids.js";
import { commandOf } from "./help.js";
import { readHostMeters, trustedMeters } from "./host-meters.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addMeterSourceOptions, type MeterSourceFlags } from "./meters.js";
import { addPeriodOptions, intervalOf, type PeriodFlags } from "./period-options.js";
import {
  addPowerOptions,
  chosenPower,
  hasPowerFlags,
  type PowerFlags,
  warnOfNearlyKnown,
} from "./power-options.js";
import { addAccessOptions, prometheusUrlOption } from "./prometheus-servers.js";
import { addFormatOptions, type FormatFlags, printResult } from "./result.js";
import {
  addIntensityOptions,
  type MarketFlags,
  marketOption,
  marketSource,
  type SiteFlags,
  siteOption,
} from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { unknownMachineLines } from "./sync-report.js";
import { tenureSource } from "./tenures.js";
import { UsageError } from "./usage-error.js";

interface RestateFlags
  extends StoreFlags,
    IntensityFlags,
    SiteFlags,
    MarketFlags,
    PeriodFlags,
    MeterSourceFlags,
    PowerFlags,
    FormatFlags {
  readonly estimateMetered?: true;
  readonly tenures?: string;
  readonly renameProject?: RenamedProject;
  readonly again?: true;
  readonly dryRun?: true;
}

export function restateCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "restate", "--out DIR --from TIME [--to TIME] [OPTION]...", PAGE);
  addStoreOptions(addPeriodOptions(command), io)
    .option("--tenures <file>", "corrected tenures, CSV or JSON")
    .option(
      "--rename-project <old=new>",
      "a project that has another name now: joins its hours",
      renamedProject,
    )
    .addOption(marketOption())
    .option("--again", "look the intensity of every hour up again")
    .addOption(siteOption());
  addPowerOptions(addIntensityOptions(command, io)).option(
    "--estimate-metered",
    "with the above: estimate also hosts' hours that were metered, which else stay as they are",
  );
  addMeterSourceOptions(command, "energy of hosts that have meters of their own, in place of what is stored");
  addAccessOptions(command.addOption(prometheusUrlOption(io)), io).option(
    "--dry-run",
    "say what would change, and store nothing",
  );
  return addFormatOptions(command).action(async (flags: RestateFlags) => end(await run(flags, io)));
}

async function run(flags: RestateFlags, io: Io): Promise<ExitStatus> {
  const { estimateMetered } = flags;
  if (estimateMetered === true && !hasPowerFlags(flags))
    throw new UsageError(
      "--estimate-metered needs watts: give --machines, --busy-watts, --idle-watts or --pue",
    );
  const interval = intervalOf(flags, "ada-carbon restate --help", io);
  const tenures = await tenureSource(flags.tenures);
  return withStores(flags, async (stores) => {
    const power = hasPowerFlags(flags) ? await chosenPower(flags, undefined, stores, io) : undefined;
    const report = await restate({
      store: stores.usage,
      averages: stores.averages,
      interval,
      power: power?.model,
      meters: await metersOf(flags, stores, interval, io),
      estimateMetered,
      intensity: flags.again === true ? await intensitySource(flags, io, { sites: flags.site }) : undefined,
      marketIntensity: await marketSource(flags, io),
      tenures: tenures && { source: tenures },
      renamed: flags.renameProject,
      dryRun: flags.dryRun === true,
      signal: io.signal,
    });
    for (const warning of report.warnings) io.stderr.warning(warning);
    warnOfNearlyKnown(power?.machines ?? [], report.unknownMachines?.names ?? [], io);
    print(report, flags, io);
    const stored = await new UsageReader(stores.usage, { signal: io.signal }).series(ADA, interval);
    const status = statusOfHours(stored, interval, io);
    return report.skipped > 0 ? EXIT.incomplete : status;
  });
}

async function metersOf(
  flags: RestateFlags,
  { usage }: OpenStores,
  interval: Interval,
  io: Io,
): Promise<EnergyMeters | undefined> {
  const readings = await readHostMeters(flags, interval, io);
  if (readings === undefined) return undefined;
  const { hostMeters } = await import("../meters/index.js");
  const { meters, where } = await trustedMeters(readings, usage, interval, io);
  return hostMeters(meters, where);
}

function renamedProject(text: string): RenamedProject {
  const [before = "", after = "", ...more] = text.split("=");
  if (before !== "" && after !== "" && more.length === 0 && before !== after) return { before, after };
  throw new InvalidArgumentError("Write OLD=NEW, the two names of the project.");
}

function documentOf(report: RestateReport): object {
  const changed = report.changed.map((change) => ({ ...change, scope: formatScope(change.scope) }));
  return { ...report, interval: formatInterval(report.interval), changed };
}

function print(report: RestateReport, flags: RestateFlags, io: Io): void {
  const what = report.dryRun ? "would be restated; nothing was stored" : "restated";
  const skipped =
    report.skipped > 0 ? [`${report.skipped} hours have no stored hosts and were left as they are`] : [];
  const shown = report.changed.filter(({ scope }) => scope.kind !== "host");
  const hosts = report.changed.length - shown.length;
  const { metered, all } = report.hostHours;
  const notes = [
    ...unknownMachineLines(report.unknownMachines),
    ...(metered > 0 ? [`${metered} of ${all} hours of hosts are by their own meters`] : []),
  ];
  printResult(
    {
      title: `${report.hours} hours, ${formatInterval(report.interval)}, ${what}`,
      columns: shown.some(({ marketGco2eq }) => marketGco2eq !== undefined)
        ? MARKET_CHANGE_COLUMNS
        : CHANGE_COLUMNS,
      rows: shown,
      empty: "nothing changes",
      facts: [
        ...basisLines(report),
        ...skipped,
        ...notes,
        ...(hosts > 0 ? [`and ${hosts} hosts; --json has them`] : []),
      ],
      legend: report.changed.length === 0 ? [] : [CHANGE_LEGEND],
      document: documentOf(report),
    },
    flags,
    io,
  );
}

/** What the grams counted, and count now. */
function basisLines({ basis, dryRun }: RestateReport): string[] {
  if (basis === null) return [];
  const before = basis.from.map((basisBefore) => describeBasis(basisBefore)).join("; and ");
  const verb = dryRun ? "would count" : "count";
  return [`grams of ${basis.hours} hours counted: ${before}; they ${verb}: ${describeBasis(basis.to)}`];
}

const PAGE = {
  description:
    "Computes hours again from the CPU-seconds of their stored hosts: with another power model, by meters of hosts, with corrected tenures, under a project's new name, with the intensity as it is published now (--again), or with what was bought (--market). What is not given stays as it was. Ends with what changed by how much.",
  incomplete:
    "it finished, but hours that were asked for have no stored hosts, are not stored, incomplete or without carbon",
  examples: [
    "ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --busy-watts 10 --dry-run",
    "ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --tenures bookings.csv",
    "ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --meter hosts.csv",
    "ada-carbon restate --out carbon --from 2025-01-01T00:00:00Z --to 2025-09-11T00:00:00Z --market file:contract.csv",
    "ada-carbon restate --out carbon --from 2025-01-01T00:00:00Z --to 2025-09-11T00:00:00Z --rename-project IDAaaS=Ada",
  ],
};
