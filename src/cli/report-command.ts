import { type Command, Option } from "commander";
import { type BoundedPart, boundsOfTotal, type TotalBounds } from "../reports/bounds.js";
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
import { statusOfHours } from "./asked-hours.js";
import { closureLines } from "./closure-text.js";
import { commandOf } from "./help.js";
import { addIntervalOptions, assertOrder, type IntervalFlags } from "./interval-options.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { type ClosedMeter, type ClosureFlags, closedMeter } from "./meter-closure.js";
import { addMeterSourceOptions } from "./meters.js";
import { number, scope, zone } from "./parse.js";
import { machinesIn } from "./power-options.js";
import { addAccessOptions, prometheusUrlOption } from "./shared-options.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { barTable, binTable, boundsText } from "./table.js";
import { ofFlags, UsageError } from "./usage-error.js";

interface ReportFlags extends StoreFlags, ClosureFlags, IntervalFlags {
  readonly scope: Scope;
  readonly by: BinSize;
  readonly zone: string;
  readonly graph?: Metric;
  readonly bounds?: number;
  readonly machines?: string;
  readonly json?: true;
}

export function reportCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "report",
    "--out DIR [--scope KIND:NAME] [--by hour|day|week|month|year] [--zone ZONE] [OPTION]...",
    PAGE,
  );
  addStoreOptions(command, io)
    .addOption(
      new Option("--scope <kind:name>", "ada, or such as project:IDAaaS, machine:..., user:..., group:...")
        .argParser(scope)
        .default(ADA, "ada"),
    )
    .addOption(new Option("--by <bin>", "length of a row").choices([...BIN_SIZES]).default("day"))
    .option("--zone <zone>", "whose days, months and years are meant, such as Europe/London", zone, "UTC")
    .addOption(
      new Option("--graph <what>", "draw bars of kWh or gCO2eq in place of the table").choices([
        "energy",
        "carbon",
      ]),
    );
  addIntervalOptions(command, {
    from: "; the first stored one without",
    to: "; that of the last stored one without",
  })
    .option(
      "--bounds <correlation>",
      "also give low and high bounds; how much the errors of hours go together, 0 to 1",
      number(0, "correlation", 1),
    )
    .option(
      "--machines <file>",
      "with --bounds: the low and high watts of machine types, as sync takes them; what measured servers take without",
    );
  addMeterSourceOptions(command, "of ada: meters of everything, to hold what is attributed against");
  return addAccessOptions(command.addOption(prometheusUrlOption(io)), io)
    .option(
      "--floor-watts <w>",
      "with --meter: watts that are there whatever the cores do",
      number(0, "watts"),
    )
    .addOption(
      new Option(
        "--share-floor <rule>",
        "with --floor-watts: whose the floor is, by core-hours, busy or not (reserved), by busy ones (use), or nobody's",
      )
        .choices(["reserved", "use", "none"])
        .default("none"),
    )
    .option("--json", "print JSON")
    .action(async (flags: ReportFlags) => end(await withStores(flags, (stores) => show(flags, stores, io))));
}

async function show(flags: ReportFlags, stores: OpenStores, io: Io): Promise<ExitStatus> {
  const { usage: store, where } = stores;
  if (flags.machines !== undefined && flags.bounds === undefined)
    throw new UsageError("--machines is about bounds: give --bounds, too");
  assertMeterFlags(flags);
  assertOrder(flags);
  const reader = new UsageReader(store, { signal: io.signal, where });
  const series = await reader.series(flags.scope, { from: flags.from, to: flags.to });
  const [first, last] = [series.hours[0], series.hours.at(-1)];
  if (first === undefined || last === undefined) throw nothingStored(flags, where);
  const interval: Interval = { from: flags.from ?? first, to: flags.to ?? last + HOUR_MS };
  const bins = ofFlags(() => rollup(series, interval, flags.by, { zone: flags.zone }));
  const report: Report = {
    meter: flags.meter === undefined ? undefined : await closedMeter(flags, reader, series, interval, io),
    bins,
    total: tallyOf(series, interval),
    isSimulated: series.status.includes("fake"),
    bounds:
      flags.bounds === undefined
        ? undefined
        : boundsOfAll(
            await boundedParts(flags, reader, series, interval, stores, io),
            interval,
            bins,
            flags.bounds,
          ),
  };
  if (flags.json === true) io.stdout.json(documentOf(flags, report));
  else io.stdout.lines(linesOf(flags, report));
  const status = statusOfHours(series, interval, io);
  const { meter } = report;
  return meter !== undefined && meter.knownHours < meter.hours ? EXIT.incomplete : status;
}

function assertMeterFlags({ meter, scope: what, floorWatts, shareFloor }: ReportFlags): void {
  if (shareFloor !== "none" && floorWatts === undefined)
    throw new UsageError(`--share-floor ${shareFloor} needs the floor: --floor-watts W`);
  if (floorWatts !== undefined && meter === undefined)
    throw new UsageError("--floor-watts is a part of a meter: give --meter, too");
  if (meter !== undefined && what.kind !== "ada" && shareFloor === "none")
    throw new UsageError(
      "--meter is of everything: leave --scope out, or say by what a scope has a part of its floor, --share-floor",
    );
}

interface Report {
  readonly meter: ClosedMeter | undefined;
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

/** By type of machine where a catalogue says how far off each may be; else all of it as one. */
async function boundedParts(
  { scope: what, machines: place }: ReportFlags,
  reader: UsageReader,
  series: UsageSeries,
  interval: Interval,
  stores: OpenStores,
  io: Io,
): Promise<BoundedPart[]> {
  const whole = [{ series, power: {} }];
  if (place === undefined) return whole;
  const { powerFactors } = await import("../machines/index.js");
  const known = new Map(
    (await machinesIn(place, stores, io)).map((entry) => [entry.machine, powerFactors(entry)]),
  );
  const parts = await reader.partsOf([what], "machine", interval);
  if (parts.length === 0) return whole;
  return parts.map((part) => ({ series: part, power: known.get(part.scope.name) ?? {} }));
}

function boundsOfAll(
  parts: readonly BoundedPart[],
  interval: Interval,
  bins: readonly Bin[],
  correlation: number,
): ReportBounds {
  const of = (span: Interval): TotalBounds => boundsOfTotal(parts, span, correlation);
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

function documentOf(flags: ReportFlags, { bins, total, isSimulated, bounds, meter }: Report): object {
  const grams = busyAndIdle(total, "carbon").total;
  return {
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
    ...(meter === undefined ? {} : { meter }),
    equivalencies: grams === null ? null : equivalencies(grams),
  };
}

function linesOf(flags: ReportFlags, { bins, total, isSimulated, bounds, meter }: Report): string[] {
  const title = `${isSimulated ? "SIMULATED  " : ""}${formatScope(flags.scope)} by ${flags.by}`;
  const body =
    flags.graph === undefined
      ? binTable(bins, flags.zone, bounds?.bins)
      : barTable(bins, flags.graph, flags.zone);
  const range = bounds === undefined ? [] : [boundsText(bounds.total)];
  const closed = meter === undefined ? [] : ["", ...closureLines(meter)];
  return [title, "", ...body, "", ...comparison(total), ...range, ...closed];
}

/** The total of all rows, and what people can picture it as. */
function comparison(total: Tally): string[] {
  const [kwh, grams] = [busyAndIdle(total, "energy").total, busyAndIdle(total, "carbon").total];
  const like = equivalencies(grams ?? 0)[0] ?? energyEquivalencies(kwh ?? 0)[0];
  const missing = total.hoursMissing > 0 ? `, ${total.hoursMissing} of ${total.hours} hours missing` : "";
  const sum = `in total ${short(kwh)} kWh and ${short(grams)} gCO2eq${missing}`;
  return like === undefined ? [sum] : [`${sum}: about ${like.sentence}`, `(${like.source}, ${like.year})`];
}

const short = (value: number | null): string =>
  value === null ? "-" : new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 }).format(value);

const PAGE = {
  description:
    "Sums the stored hours of one scope into rows of an hour, a day, a week, a month or a year. Hours that are missing are in no sum: they lower the coverage and are counted in the last column. A machine, user or group that has no row for an hour that is otherwise stored used nothing in it.",
  incomplete:
    "hours of the interval are not stored, incomplete, without carbon, or not known of the meter; without an interval, between the first and the last stored one",
  sections: [
    {
      title: "EXAMPLES",
      body: [
        "    ada-carbon report --out carbon",
        "    ada-carbon report --out carbon --scope user:aa123456 --by month --json",
        "    ada-carbon report --out carbon --zone Europe/London --graph carbon",
        "    ada-carbon report --out carbon --scope project:IDAaaS --meter hall.csv --floor-watts 5000 --share-floor reserved",
      ].join("\n"),
    },
  ],
};
