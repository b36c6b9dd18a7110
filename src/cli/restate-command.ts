import type { Command } from "commander";
import type { TenureOptions } from "../attribution/attribution.js";
import type { EnergyMeters } from "../power/model.js";
import { type RestateReport, restate } from "../sync/restate-interval.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInterval, type Interval } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import { changeTable } from "./audit-tables.js";
import { commandOf } from "./help.js";
import { readHostMeters, trustedMeters } from "./host-meters.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { addMeterSourceOptions, type MeterSourceFlags } from "./meters.js";
import { hour } from "./parse.js";
import {
  addPowerOptions,
  chosenPower,
  hasPowerFlags,
  type PowerFlags,
  warnOfNearlyKnown,
} from "./power-options.js";
import { printable } from "./printable.js";
import {
  addAccessOptions,
  addIntensityOptions,
  type IntensityFlags,
  intensitySource,
  prometheusUrlOption,
  UsageError,
} from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { unknownMachineLines } from "./sync-report.js";
import { tenureSource } from "./tenures.js";

interface RestateFlags extends StoreFlags, IntensityFlags, MeterSourceFlags, PowerFlags {
  readonly estimateMetered?: true;
  readonly from?: number;
  readonly to?: number;
  readonly tenures?: string;
  readonly again?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function restateCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(program, "restate", "--out DIR --from ISO --to ISO [OPTION]...", PAGE);
  addStoreOptions(command, io)
    .option("--from <iso>", "first hour", hour)
    .option("--to <iso>", "end of the last hour", hour)
    .option("--tenures <file>", "corrected tenures, CSV or JSON")
    .option("--again", "look the intensity of every hour up again");
  addPowerOptions(addIntensityOptions(command, io)).option(
    "--estimate-metered",
    "with the above: estimate also hosts' hours that were metered, which else stay as they are",
  );
  addMeterSourceOptions(command, "energy of hosts that have meters of their own, in place of what is stored");
  return addAccessOptions(command.addOption(prometheusUrlOption(io)), io)
    .option("--dry-run", "say what would change, and store nothing")
    .option("--json", "print JSON")
    .action(async (flags: RestateFlags) => end(await run(flags, io)));
}

async function run(flags: RestateFlags, io: Io): Promise<ExitStatus> {
  const { from, to, estimateMetered } = flags;
  if (from === undefined || to === undefined) {
    throw new AdaCarbonError(
      "bad-input",
      "--from ISO and --to ISO are both needed; see ada-carbon restate --help",
    );
  }
  if (estimateMetered === true && !hasPowerFlags(flags))
    throw new UsageError(
      "--estimate-metered needs watts: give --machines, --busy-watts, --idle-watts or --pue",
    );
  const interval = { from, to };
  const tenures: TenureOptions | undefined =
    flags.tenures === undefined ? undefined : { source: await tenureSource(flags.tenures) };
  return withStores(flags, async (stores) => {
    const power = hasPowerFlags(flags) ? await chosenPower(flags, undefined, stores, io) : undefined;
    const report = await restate({
      store: stores.usage,
      averages: stores.averages,
      interval,
      power: power?.model,
      meters: await metersOf(flags, stores, interval, io),
      estimateMetered,
      intensity: flags.again === true ? await intensitySource(flags, io) : undefined,
      tenures,
      dryRun: flags.dryRun === true,
      signal: io.signal,
    });
    for (const warning of report.warnings) io.stderr.write(`warning: ${printable(warning)}\n`);
    warnOfNearlyKnown(power?.machines ?? [], report.unknownMachines?.names ?? [], io);
    io.stdout.write(flags.json === true ? asJson(report) : asText(report));
    return EXIT.ok;
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

function asJson(report: RestateReport): string {
  const changed = report.changed.map((change) => ({ ...change, scope: formatScope(change.scope) }));
  return `${JSON.stringify({ ...report, interval: formatInterval(report.interval), changed }, null, 2)}\n`;
}

function asText(report: RestateReport): string {
  const what = report.dryRun ? "would be restated; nothing was stored" : "restated";
  const skipped =
    report.skipped > 0 ? `\n${report.skipped} hours have no stored hosts and were left as they are` : "";
  const shown = report.changed.filter(({ scope }) => scope.kind !== "host");
  const hosts = report.changed.length - shown.length;
  const { metered, all } = report.hostHours;
  const lines = [
    ...unknownMachineLines(report.unknownMachines),
    ...(metered > 0 ? [`${metered} of ${all} hours of hosts are by their own meters`] : []),
  ];
  const notes = lines.map((line) => `\n${line}`).join("");
  const table = report.changed.length === 0 ? "nothing changes" : changeTable(shown);
  const more = hosts > 0 ? `\nand ${hosts} hosts; --json has them\n` : "";
  return `${report.hours} hours, ${formatInterval(report.interval)}, ${what}${skipped}${notes}\n\n${table}\n${more}`;
}

const PAGE = {
  description:
    "Computes hours again from the CPU-seconds of their stored hosts: with another power model, by meters of hosts, with corrected tenures, or (--again) with the intensity as it is published now. What is not given stays as it was. Ends with what changed by how much.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --busy-watts 10 --dry-run",
        "    ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --tenures bookings.csv",
        "    ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --meter hosts.csv",
      ].join("\n"),
    },
  ],
};
