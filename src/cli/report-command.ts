import { Command, Option } from "commander";
import type { UsageStore } from "../stores/usage-store.js";
import { energyEquivalencies, equivalencies } from "../timeseries/equivalencies.js";
import {
  BIN_SIZES,
  type Bin,
  type BinSize,
  type Metric,
  rollup,
  SPARSE_KINDS,
  type Tally,
  totalOf,
} from "../timeseries/rollup/index.js";
import { AdaCarbonError } from "../usage/errors.js";
import { formatInstant, HOUR_MS, type Interval } from "../usage/hour.js";
import { ADA, formatScope, SCOPE_KINDS, type Scope } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { boundsOfTotal, boundsText, type TotalBounds } from "./bounds.js";
import { manualPage } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hour, number, scope } from "./parse.js";
import { printable } from "./render.js";
import { addStoreOptions, type OpenStores, openStores, type StoreFlags } from "./stores.js";
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
  const command = new Command("report")
    .copyInheritedSettings(program)
    .usage("--out DIR [--scope KIND:NAME] [--by hour|day|month|year] [--zone ZONE] [OPTION]...")
    .helpOption("-h, --help", "print this page")
    .configureHelp({ formatHelp: manualPage(PAGE) });
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
    .action(async (flags: ReportFlags) => end(await report(flags, io)));
}

async function report(flags: ReportFlags, io: Io): Promise<ExitStatus> {
  const stores = await openStores(flags);
  try {
    return await show(flags, stores, io);
  } finally {
    await stores.close();
  }
}

async function show(flags: ReportFlags, { usage: store, where }: OpenStores, io: Io): Promise<ExitStatus> {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = flags;
  const series = await store.read(flags.scope, { from, to }, { signal: io.signal });
  const [first, last] = [series.hours[0], series.hours.at(-1)];
  if (first === undefined || last === undefined) throw await nothingStored(flags, store, where);
  const interval: Interval = { from: flags.from ?? first, to: flags.to ?? last + HOUR_MS };
  // Users and machines have no row for an hour in which nothing of theirs ran; everything together has.
  const sparse = SPARSE_KINDS.includes(flags.scope.kind);
  const known = sparse ? await store.read(ADA, interval, { signal: io.signal }) : undefined;
  const bins = rollup(series, interval, flags.by, { zone: flags.zone, known });
  const fake = series.status.includes("fake");
  const bounds = flags.bounds === undefined ? undefined : boundsOfAll(series, interval, bins, flags.bounds);
  io.stdout.write(
    flags.json === true ? asJson(flags, bins, fake, bounds) : asText(flags, bins, fake, bounds),
  );
  return EXIT.ok;
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

async function nothingStored(flags: ReportFlags, store: UsageStore, where: string): Promise<AdaCarbonError> {
  const known: string[] = [];
  for (const kind of SCOPE_KINDS) known.push(...(await store.scopes(kind)).map(formatScope));
  const what = `${formatScope(flags.scope)} has no stored hour${(flags.from ?? flags.to) ? " in that interval" : ""} in ${where}`;
  const shown = known.slice(0, 12).map(printable).join(", ");
  const hint =
    known.length === 0
      ? "nothing is stored there; run ada-carbon sync"
      : `stored are ${shown}${known.length > 12 ? ", ..." : ""}`;
  return new AdaCarbonError("no-data", `${what}; ${hint}`);
}

function asJson(flags: ReportFlags, bins: readonly Bin[], fake: boolean, bounds?: ReportBounds): string {
  const total = totalOf(bins);
  const report = {
    scope: formatScope(flags.scope),
    by: flags.by,
    zone: flags.zone,
    simulated: fake,
    bins: bins.map((bin, i) => ({
      ...bin,
      from: formatInstant(bin.from),
      to: formatInstant(bin.to),
      ...(bounds === undefined ? {} : { bounds: bounds.bins[i] }),
    })),
    total,
    ...(bounds === undefined ? {} : { bounds: bounds.total }),
    equivalencies: equivalencies(total.busyGco2eq + total.idleGco2eq),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function asText(flags: ReportFlags, bins: readonly Bin[], fake: boolean, bounds?: ReportBounds): string {
  const title = `${fake ? "SIMULATED  " : ""}${printable(formatScope(flags.scope))} by ${flags.by}`;
  const body =
    flags.graph === undefined
      ? binTable(bins, flags.zone, bounds?.bins)
      : barTable(bins, flags.graph, flags.zone);
  const range = bounds === undefined ? "" : `\n${boundsText(bounds.total)}`;
  return `${title}\n\n${body}\n\n${comparison(totalOf(bins))}${range}\n`;
}

/** The total of all rows, and what people can picture it as. */
function comparison(total: Tally): string {
  const [kwh, grams] = [total.busyKwh + total.idleKwh, total.busyGco2eq + total.idleGco2eq];
  const [carbon, energy] = [equivalencies(grams)[0], energyEquivalencies(kwh)[0]];
  const like = [carbon, energy].find((each) => each !== undefined);
  const missing = total.hoursMissing > 0 ? `, ${total.hoursMissing} of ${total.hours} hours missing` : "";
  const sum = `in total ${short(kwh)} kWh and ${short(grams)} gCO2eq${missing}`;
  return like === undefined ? sum : `${sum}: about ${like.sentence}\n(${like.source}, ${like.year})`;
}

const short = (value: number): string =>
  new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 }).format(value);

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
