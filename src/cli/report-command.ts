import { Command, Option } from "commander";
import type { UsageStore } from "../stores/usage-store.js";
import { BIN_SIZES, type Bin, type BinSize, rollup } from "../timeseries/rollup.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import { manualPage } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hour, scope } from "./parse.js";
import { withEnv } from "./shared-options.js";
import { binTable, printable } from "./table.js";

interface ReportFlags {
  readonly out?: string;
  readonly scope: Scope;
  readonly by: BinSize;
  readonly from?: number;
  readonly to?: number;
  readonly json?: true;
}

export function reportCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  return new Command("report")
    .copyInheritedSettings(program)
    .summary("show what is stored")
    .usage("--out DIR [--scope KIND:NAME] [--by hour|day|month|year] [OPTION]...")
    .helpOption("-h, --help", "print this page")
    .configureHelp({ formatHelp: manualPage(PAGE) })
    .addOption(withEnv(new Option("--out <dir>", "folder of the files"), io, "ADA_CARBON_OUT"))
    .option(
      "--scope <kind:name>",
      "ada, or such as project:IDAaaS, machine:..., user:..., group:...",
      scope,
      ADA,
    )
    .addOption(new Option("--by <bin>", "length of a row, in UTC").choices([...BIN_SIZES]).default("day"))
    .option("--from <iso>", "first hour; the first stored one without", hour)
    .option("--to <iso>", "end of the last hour; that of the last stored one without", hour)
    .option("--json", "print JSON")
    .action(async (flags: ReportFlags) => end(await report(flags, io)));
}

async function report(flags: ReportFlags, io: Io): Promise<ExitStatus> {
  if (flags.out === undefined)
    throw new AdaCarbonError("bad-input", "--out DIR is missing: the folder that sync wrote to");
  const { fileUsageStore } = await import("../stores/files/index.js");
  const store = fileUsageStore(flags.out);
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = flags;
  const series = await store.read(flags.scope, { from, to }, { signal: io.signal });
  const [first, last] = [series.hours[0], series.hours.at(-1)];
  if (first === undefined || last === undefined) throw await nothingStored(flags, store);
  const interval: Interval = { from: flags.from ?? first, to: flags.to ?? last + HOUR_MS };
  const bins = rollup(series, interval, flags.by);
  const fake = series.status.includes("fake");
  io.stdout.write(flags.json === true ? asJson(flags, bins, fake) : asText(flags, bins, fake));
  return EXIT.ok;
}

async function nothingStored(flags: ReportFlags, store: UsageStore): Promise<AdaCarbonError> {
  const known: string[] = [];
  for (const kind of SCOPE_KINDS) known.push(...(await store.scopes(kind)).map(formatScope));
  const what = `${formatScope(flags.scope)} has no stored hour${(flags.from ?? flags.to) ? " in that interval" : ""} in ${flags.out}`;
  const shown = known.slice(0, 12).map(printable).join(", ");
  const hint =
    known.length === 0
      ? "nothing is stored there; run ada-carbon sync"
      : `stored are ${shown}${known.length > 12 ? ", ..." : ""}`;
  return new AdaCarbonError("no-data", `${what}; ${hint}`);
}

function asJson(flags: ReportFlags, bins: readonly Bin[], fake: boolean): string {
  const rows = bins.map((bin) => ({ ...bin, from: formatInstant(bin.from), to: formatInstant(bin.to) }));
  return `${JSON.stringify({ scope: formatScope(flags.scope), by: flags.by, simulated: fake, bins: rows }, null, 2)}\n`;
}

/** How much of an ISO instant names a bin. */
const LABEL_LENGTH: Record<BinSize, number> = { hour: 16, day: 10, month: 7, year: 4 };

function asText(flags: ReportFlags, bins: readonly Bin[], fake: boolean): string {
  const title = `${fake ? "SIMULATED  " : ""}${printable(formatScope(flags.scope))} by ${flags.by}`;
  const table = binTable(bins, ({ from }) =>
    formatInstant(from).slice(0, LABEL_LENGTH[flags.by]).replace("T", " "),
  );
  return `${title}\n\n${table}\n`;
}

const PAGE = {
  description:
    "Sums the stored hours of one scope into rows of an hour, a day, a month or a year. Hours that are missing are in no sum: they lower the coverage and are counted in the last column.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon report --out carbon",
        "    ada-carbon report --out carbon --scope user:aa123456 --by month --json",
      ].join("\n"),
    },
  ],
};
