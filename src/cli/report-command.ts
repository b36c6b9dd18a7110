import { type Command, Option } from "commander";
import { UsageReader } from "../reports/usage-reader.js";
import { energyEquivalencies, equivalencies } from "../timeseries/equivalencies.js";
import {
  BIN_SIZES,
  type Bin,
  type BinSize,
  busyAndIdle,
  type Metric,
  rollup,
  type Tally,
  tallyOf,
} from "../timeseries/rollup/index.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { ADA, formatScope, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { boundsOfTotal, boundsText, type TotalBounds } from "./bounds.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hour, number, scope } from "./parse.js";
import { printable } from "./printable.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { barTable, binTable } from "./table.js";

interface ReportFlags extends StoreFlags {
  readonly scope: Scope;
  readonly by: BinSize;
  readonly zone: string;
  readonly graph?: Metric;
  readonly from?: number;
  readonly to?: number;
  readonly bounds?: number;
  readonly json?: true;
}

export function reportCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "report",
    "--out DIR [--scope KIND:NAME] [--by hour|day|month|year] [--zone ZONE] [OPTION]...",
    PAGE,
  );
  return addStoreOptions(command, io)
    .option(
      "--scope <kind:name>",
      "ada, or such as project:IDAaaS, machine:..., user:..., group:...",
      scope,
      ADA,
    )
    .addOption(new Option("--by <bin>", "length of a row").choices([...BIN_SIZES]).default("day"))
    .option("--zone <zone>", "whose days, months and years are meant, such as Europe/London", "UTC")
    .addOption(
      new Option("--graph <what>", "draw bars of kWh or gCO2eq in place of the table").choices([
        "energy",
        "carbon",
      ]),
    )
    .option("--from <iso>", "first hour; the first stored one without", hour)
    .option("--to <iso>", "end of the last hour; that of the last stored one without", hour)
    .option(
      "--bounds <correlation>",
      "also give low and high bounds; how much the errors of hours go together, 0 to 1",
      number(0, "correlation"),
    )
    .option("--json", "print JSON")
    .action(async (flags: ReportFlags) => end(await withStores(flags, (stores) => show(flags, stores, io))));
}

async function show(flags: ReportFlags, { usage: store, where }: OpenStores, io: Io): Promise<ExitStatus> {
  const reader = new UsageReader(store, { signal: io.signal, where });
  const series = await reader.series(flags.scope, { from: flags.from, to: flags.to });
  const [first, last] = [series.hours[0], series.hours.at(-1)];
  if (first === undefined || last === undefined) throw nothingStored(flags, where);
  const interval: Interval = { from: flags.from ?? first, to: flags.to ?? last + HOUR_MS };
  const bins = rollup(series, interval, flags.by, { zone: flags.zone });
  const report: Report = {
    bins,
    total: tallyOf(series, interval),
    isSimulated: series.status.includes("fake"),
    bounds: flags.bounds === undefined ? undefined : boundsOfAll(series, interval, bins, flags.bounds),
  };
  io.stdout.write(flags.json === true ? asJson(flags, report) : asText(flags, report));
  return EXIT.ok;
}

interface Report {
  readonly bins: readonly Bin[];
  readonly total: Tally;
  readonly isSimulated: boolean;
  readonly bounds: ReportBounds | undefined;
}

interface ReportBounds {
  readonly total: TotalBounds;
  /** One a bin. */
  readonly bins: readonly TotalBounds[];
}

function boundsOfAll(
  series: UsageSeries,
  interval: Interval,
  bins: readonly Bin[],
  correlation: number,
): ReportBounds {
  const of = (span: Interval): TotalBounds => boundsOfTotal(series, span, correlation);
  return { total: of(interval), bins: bins.map(of) };
}

function nothingStored({ scope: what, from, to }: ReportFlags, where: string): AdaCarbonError {
  const isPart = from !== undefined || to !== undefined;
  return new AdaCarbonError(
    "no-data",
    isPart
      ? `${formatScope(what)} has no stored hour in that interval in ${where}`
      : `${formatScope(what)} has no stored hour in ${where}; nothing is stored there; run ada-carbon sync`,
  );
}

function asJson(flags: ReportFlags, { bins, total, isSimulated, bounds }: Report): string {
  const grams = busyAndIdle(total, "carbon").total;
  const document = {
    scope: formatScope(flags.scope),
    by: flags.by,
    zone: flags.zone,
    simulated: isSimulated,
    bins: bins.map((bin, i) => ({
      ...bin,
      from: formatInstant(bin.from),
      to: formatInstant(bin.to),
      perHour: bin.perHour,
      ...(bounds === undefined ? {} : { bounds: bounds.bins[i] }),
    })),
    total,
    ...(bounds === undefined ? {} : { bounds: bounds.total }),
    equivalencies: grams === null ? null : equivalencies(grams),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function asText(flags: ReportFlags, { bins, total, isSimulated, bounds }: Report): string {
  const title = `${isSimulated ? "SIMULATED  " : ""}${printable(formatScope(flags.scope))} by ${flags.by}`;
  const body =
    flags.graph === undefined
      ? binTable(bins, flags.zone, bounds?.bins)
      : barTable(bins, flags.graph, flags.zone);
  const range = bounds === undefined ? "" : `\n${boundsText(bounds.total)}`;
  return `${title}\n\n${body}\n\n${comparison(total)}${range}\n`;
}

/** The total of all rows, and what people can picture it as. */
function comparison(total: Tally): string {
  const [kwh, grams] = [busyAndIdle(total, "energy").total, busyAndIdle(total, "carbon").total];
  const like = equivalencies(grams ?? 0)[0] ?? energyEquivalencies(kwh ?? 0)[0];
  const missing = total.hoursMissing > 0 ? `, ${total.hoursMissing} of ${total.hours} hours missing` : "";
  const sum = `in total ${short(kwh)} kWh and ${short(grams)} gCO2eq${missing}`;
  return like === undefined ? sum : `${sum}: about ${like.sentence}\n(${like.source}, ${like.year})`;
}

const short = (value: number | null): string =>
  value === null ? "-" : new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 }).format(value);

const PAGE = {
  description:
    "Sums the stored hours of one scope into rows of an hour, a day, a month or a year. Hours that are missing are in no sum: they lower the coverage and are counted in the last column. A machine, user or group that has no row for an hour that is otherwise stored used nothing in it.",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon report --out carbon",
        "    ada-carbon report --out carbon --scope user:aa123456 --by month --json",
        "    ada-carbon report --out carbon --zone Europe/London --graph carbon",
      ].join("\n"),
    },
  ],
};
