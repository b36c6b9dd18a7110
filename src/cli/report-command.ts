import { type Command, Option } from "commander";
import { type BoundedPart, boundsOfTotal, type TotalBounds } from "../reports/bounds.js";
import { UsageReader } from "../reports/usage-reader.js";
import {
  BIN_SIZES,
  type Bin,
  type BinSize,
  type Metric,
  rollup,
  tallyOf,
} from "../timeseries/rollup/index.js";
import type { Interval } from "../usage/hour.js";
import { ADA, formatScope, type Scope, type ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { hoursOfKind, isInUse, nothingStored, statusOfHours } from "./asked-hours.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { printKindBins } from "./kind-bins.js";
import { scopeOrKind } from "./kinds.js";
import { type ClosureFlags, closedMeter } from "./meter-closure.js";
import { addMeterSourceOptions } from "./meters.js";
import { number } from "./parse.js";
import {
  addPeriodOptions,
  hoursOf,
  intervalWithin,
  type PeriodFlags,
  STORED_HOURS,
} from "./period-options.js";
import { machinesIn, warnOfNearlyKnown } from "./power-options.js";
import { addAccessOptions, prometheusUrlOption } from "./prometheus-servers.js";
import { printScopeReport, type ReportBounds, type ScopeReport } from "./report-view.js";
import { addFormatOptions, type FormatFlags } from "./result.js";
import { saveStatement } from "./statements.js";
import { addStoreOptions, type OpenStores, type StoreFlags, withStores } from "./stores.js";
import { ofFlags, UsageError } from "./usage-error.js";

interface ReportFlags extends StoreFlags, ClosureFlags, PeriodFlags, FormatFlags {
  readonly scope: Scope | ScopeKind;
  readonly by: BinSize;
  readonly graph?: Metric;
  readonly bounds?: number;
  readonly machines?: string;
  readonly save?: string;
}

export function reportCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "report",
    "--out DIR [--scope KIND:NAME] [--by hour|day|week|month|year] [--from TIME] [OPTION]...",
    PAGE,
  );
  addStoreOptions(command, io)
    .addOption(
      new Option(
        "--scope <kind:name>",
        "ada, or such as project:IDAaaS, machine:..., user:...; a kind alone, such as user, for all of them",
      )
        .argParser(scopeOrKind)
        .default(ADA, "ada"),
    )
    .addOption(new Option("--by <bin>", "length of a row").choices([...BIN_SIZES]).default("day"))
    .addOption(
      new Option("--graph <what>", "draw bars of kWh or gCO2eq in place of the table").choices([
        "energy",
        "carbon",
      ]),
    );
  addPeriodOptions(command, STORED_HOURS)
    .option("--save <file>", "also keep what is stored and what stands behind it, for ada-carbon diff")
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
  addAccessOptions(command.addOption(prometheusUrlOption(io)), io)
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
    );
  return addFormatOptions(command).action(async ({ scope, ...flags }: ReportFlags) => {
    assertSense({ scope, ...flags });
    end(
      await withStores(flags, (stores) =>
        typeof scope === "string"
          ? showKind(scope, flags, stores, io)
          : showScope({ ...flags, scope }, stores, io),
      ),
    );
  });
}

function assertSense(flags: ReportFlags): void {
  const { scope, bounds, machines, meter, graph, save, floorWatts, shareFloor } = flags;
  const ofOne = [graph, bounds, meter, save].some((flag) => flag !== undefined);
  if (typeof scope === "string" && ofOne)
    throw new UsageError(
      `--graph, --bounds, --meter and --save are of one scope: write --scope ${scope}:NAME`,
    );
  if (machines !== undefined && bounds === undefined)
    throw new UsageError("--machines is about bounds: give --bounds, too");
  if (shareFloor !== "none" && floorWatts === undefined)
    throw new UsageError(`--share-floor ${shareFloor} needs the floor: --floor-watts W`);
  if (floorWatts !== undefined && meter === undefined)
    throw new UsageError("--floor-watts is a part of a meter: give --meter, too");
  if (meter !== undefined && scope !== ADA && shareFloor === "none")
    throw new UsageError(
      "--meter is of everything: leave --scope out, or say by what a scope has a part of its floor, --share-floor",
    );
}

interface ScopeFlags extends ReportFlags {
  readonly scope: Scope;
}

async function showScope(flags: ScopeFlags, stores: OpenStores, io: Io): Promise<ExitStatus> {
  const { usage: store, where } = stores;
  const bounds = hoursOf(flags, io);
  const reader = new UsageReader(store, { signal: io.signal, where });
  const series = await reader.series(flags.scope, bounds);
  const interval = intervalWithin(bounds, series);
  if (interval === undefined)
    throw nothingStored(`${formatScope(flags.scope)} has no stored hour`, bounds, where);
  const bins = binsOf(series, interval, flags);
  const report: ScopeReport = {
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
  if (flags.save !== undefined) await saveStatement(flags.save, flags.scope, interval, stores, io);
  printScopeReport(flags, report, io);
  const status = statusOfHours(series, interval, io);
  const { meter } = report;
  return meter !== undefined && meter.knownHours < meter.hours ? EXIT.incomplete : status;
}

function binsOf(
  series: UsageSeries,
  interval: Interval,
  { by, zone }: Pick<ReportFlags, "by" | "zone">,
): Bin[] {
  return ofFlags(() => rollup(series, interval, by, { zone }));
}

/** Every scope of a kind that used anything in the interval. */
async function showKind(
  kind: ScopeKind,
  flags: Omit<ReportFlags, "scope">,
  stores: OpenStores,
  io: Io,
): Promise<ExitStatus> {
  const { usage, where } = stores;
  const { ada, interval, scopes } = await hoursOfKind(kind, flags, stores, io);
  const reader = new UsageReader(usage, { signal: io.signal, where });
  const all = await reader.eachSeries(scopes, interval, (series) => ({
    scope: formatScope(series.scope),
    bins: binsOf(series, interval, flags),
    total: tallyOf(series, interval),
  }));
  const used = all.filter(({ total }) => isInUse([total]));
  printKindBins(
    {
      ...{ kind, by: flags.by, zone: flags.zone, scopes: used, bases: used.map(({ total }) => total) },
      isSimulated: ada.status.includes("fake"),
    },
    flags,
    io,
  );
  return statusOfHours(ada, interval, io);
}

/** By type of machine where a catalogue says how far off each may be; else all of it as one. */
async function boundedParts(
  { scope: what, machines: place }: ScopeFlags,
  reader: UsageReader,
  series: UsageSeries,
  interval: Interval,
  stores: OpenStores,
  io: Io,
): Promise<BoundedPart[]> {
  const whole = [{ series, power: {} }];
  if (place === undefined) return whole;
  const { powerFactors } = await import("../machines/index.js");
  const catalogue = await machinesIn(place, stores, io);
  const known = new Map(catalogue.map((entry) => [entry.machine, powerFactors(entry)]));
  const parts = await reader.partsOf([what], "machine", interval);
  if (parts.length === 0) return whole;
  warnOfNearlyKnown(
    catalogue,
    parts.map(({ scope }) => scope.name),
    io,
  );
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

const PAGE = {
  description:
    "Sums the stored hours of one scope, or of all scopes of a kind, into rows of an hour, a day, a week, a month or a year. Hours that are missing are in no sum: they lower the coverage and are counted in the last column. A machine, user or group that has no row for an hour that is otherwise stored used nothing in it.",
  incomplete:
    "hours of the interval are not stored, incomplete, without carbon, or not known of the meter; without an interval, between the first and the last stored one",
  examples: [
    "ada-carbon report --out carbon --from -7d",
    "ada-carbon report --out carbon --scope user:aa123456 --by month --json",
    "ada-carbon report --out carbon --scope user --from 2025-09 --by month --format csv",
    "ada-carbon report --out carbon --zone Europe/London --graph carbon",
    "ada-carbon report --out carbon --scope project:IDAaaS --from 2025-09 --save september.json",
    "ada-carbon report --out carbon --scope project:IDAaaS --meter hall.csv --floor-watts 5000 --share-floor reserved",
  ],
};
