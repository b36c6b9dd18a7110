import { type Command, InvalidArgumentError } from "commander";
import type { TenureOptions } from "../attribution/attribution.js";
import type { RenamedProject } from "../sync/host-names.js";
import { type RestateReport, restate } from "../sync/restate-interval.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInterval } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import { changeTable } from "./audit-tables.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hour } from "./parse.js";
import { addPowerOptions, chosenPower, hasPowerFlags, type PowerFlags } from "./power-options.js";
import { printable } from "./printable.js";
import { addIntensityOptions, type IntensityFlags, intensitySource } from "./shared-options.js";
import { addStoreOptions, type StoreFlags, withStores } from "./stores.js";
import { tenureSource } from "./tenures.js";

interface RestateFlags extends StoreFlags, IntensityFlags, PowerFlags {
  readonly from?: number;
  readonly to?: number;
  readonly tenures?: string;
  readonly renameProject?: RenamedProject;
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
    .option(
      "--rename-project <old=new>",
      "a project that has another name now: joins its hours",
      renamedProject,
    )
    .option("--again", "look the intensity of every hour up again");
  return addPowerOptions(addIntensityOptions(command, io))
    .option("--dry-run", "say what would change, and store nothing")
    .option("--json", "print JSON")
    .action(async (flags: RestateFlags) => end(await run(flags, io)));
}

async function run(flags: RestateFlags, io: Io): Promise<ExitStatus> {
  const { from, to } = flags;
  if (from === undefined || to === undefined) {
    throw new AdaCarbonError(
      "bad-input",
      "--from ISO and --to ISO are both needed; see ada-carbon restate --help",
    );
  }
  const tenures: TenureOptions | undefined =
    flags.tenures === undefined ? undefined : { source: await tenureSource(flags.tenures) };
  return withStores(flags, async (stores) => {
    const power = hasPowerFlags(flags) ? await chosenPower(flags, undefined, stores, io) : undefined;
    const report = await restate({
      store: stores.usage,
      averages: stores.averages,
      interval: { from, to },
      power: power?.model,
      intensity: flags.again === true ? await intensitySource(flags, io) : undefined,
      tenures,
      renamed: flags.renameProject,
      dryRun: flags.dryRun === true,
      signal: io.signal,
    });
    for (const warning of report.warnings) io.stderr.write(`warning: ${printable(warning)}\n`);
    io.stdout.write(flags.json === true ? asJson(report) : asText(report));
    return EXIT.ok;
  });
}

function renamedProject(text: string): RenamedProject {
  const [before = "", after = "", ...more] = text.split("=");
  if (before !== "" && after !== "" && more.length === 0 && before !== after) return { before, after };
  throw new InvalidArgumentError("Write OLD=NEW, the two names of the project.");
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
  const table = report.changed.length === 0 ? "nothing changes" : changeTable(shown);
  const more = hosts > 0 ? `\nand ${hosts} hosts; --json has them\n` : "";
  return `${report.hours} hours, ${formatInterval(report.interval)}, ${what}${skipped}\n\n${table}\n${more}`;
}

const PAGE = {
  description:
    "Computes hours again from the CPU-seconds of their stored hosts: with another power model, with corrected tenures, under a project's new name, or (--again) with the intensity as it is published now. What is not given stays as it was. Ends with what changed by how much.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --busy-watts 10 --dry-run",
        "    ada-carbon restate --out carbon --from 2025-09-10T00:00:00Z --to 2025-09-11T00:00:00Z --tenures bookings.csv",
        "    ada-carbon restate --out carbon --from 2025-01-01T00:00:00Z --to 2025-09-11T00:00:00Z --rename-project IDAaaS=Ada",
      ].join("\n"),
    },
  ],
};
