import type { Command } from "commander";
import { bestPlaces, type PlaceWindow } from "../intensity/best-place.js";
import type { BestWindow } from "../intensity/best-window.js";
import type { GridPeriod, IntensitySource, MarginalSource } from "../intensity/port.js";
import { bestWindowSaving } from "../timeseries/equivalencies.js";
import { AdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatEnds, formatInstant, formatInterval, HOUR_MS, type Interval } from "../usage/hour.js";
import { backTestResult } from "./back-test.js";
import { aboutDocument, factsOf, type Grid, gridCall } from "./grid-facts.js";
import { gridPlaces, gridSource, type IntensityFlags } from "./grids.js";
import { commandOf } from "./help.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { duration, number } from "./parse.js";
import { addPeriodOptions, type PeriodFlags, periodOf } from "./period-options.js";
import { kwhText, type PowerCurve, placesOf, powerCurveOption, powerOfJob } from "./places.js";
import { decimals } from "./render.js";
import { addFormatOptions, type Column, type FormatFlags, formatOf, numbers, printResult } from "./result.js";
import { addIntensityOptions } from "./shared-options.js";
import { needed, UsageError } from "./usage-error.js";
import { FORECAST_HOURS } from "./wait.js";

interface Flags extends IntensityFlags, PeriodFlags, FormatFlags {
  readonly best?: number;
  readonly backTest?: true;
  readonly for?: number;
  readonly within?: number;
  readonly kwh?: number;
  readonly powerCurve?: PowerCurve;
}

export function intensityCommand(program: Command, io: Io, end: (status: ExitStatus) => void): Command {
  const command = commandOf(
    program,
    "intensity",
    "[--from TIME [--to TIME] | --best HOURS] [OPTION]...\n--back-test --for LENGTH [--within LENGTH] --from TIME [--to TIME] [OPTION]...",
    PAGE,
  );
  addPeriodOptions(command)
    .option(
      "--best <hours>",
      "the window of so many hours with the least intensity in the forecast",
      number(0.5, "hours", FORECAST_HOURS),
    )
    .option(
      "--kwh <kwh>",
      "with --best: what the job uses, to say the grams that waiting saves",
      number(0, "kWh"),
    )
    .addOption(powerCurveOption())
    .option("--back-test", "what a job a day would have saved, had it waited for the best window")
    .option("--for <length>", "with --back-test: how long the job takes, such as 4h or 90m", duration)
    .option(
      "--within <length>",
      "with --back-test: how long after --from's time of day it must be over; 24h without",
      duration,
    );
  return addFormatOptions(addIntensityOptions(command, io)).action(async (flags: Flags) =>
    end(await show(flags, io)),
  );
}

async function show(flags: Flags, io: Io): Promise<ExitStatus> {
  const bounds = periodOf(flags, io);
  assertSense(flags, bounds);
  const now = io.clock();
  const call = gridCall(io, io.signal);
  if (flags.best !== undefined) {
    const { best: hours, powerCurve } = flags;
    const places = placesOf(await gridPlaces(flags, io), "--best");
    const power = await powerOfJob(powerCurve, hours);
    const options = { notBefore: now, notAfter: now + FORECAST_HOURS * HOUR_MS };
    const windows = await bestPlaces(places, hours, power ? { ...options, power } : options, call);
    const [first] = windows;
    const source = places[first?.place ?? ""];
    if (source === undefined || first === undefined || first.window === null) {
      const ids = Object.values(places).map(({ id }) => id);
      throw new AdaCarbonError(
        "no-data",
        `${ids.join(", ")}: the forecast covers no ${hours} hours in one piece; ask for fewer`,
      );
    }
    const kwh = first.window.run?.kwh ?? flags.kwh;
    const best = { source, window: first.window, kwh, others: windows.slice(1), place: first.place };
    if (formatOf(flags) === "json") io.stdout.json(bestDocument(best));
    else io.stdout.lines(bestLines(best, hours));
    return EXIT.ok;
  }
  const source = await gridSource(flags, io);
  if (flags.backTest === true) return showBackTest(flags, bounds, source, io);
  const interval = { from: now, to: now + DAY_MS, ...bounds };
  const periods = await source.periods(interval, call);
  if (periods.length === 0)
    throw new AdaCarbonError("no-data", `${source.id}: nothing is known of ${formatInterval(interval)}`);
  const document = periodsDocument(source, periods);
  printResult(
    { columns: COLUMNS, rows: [...periods], facts: factsOf(source), legend: [LEGEND], document },
    flags,
    io,
  );
  const unknown = msWithout(periods, interval);
  if (unknown === 0) return EXIT.ok;
  io.stderr.warning(`${decimals(unknown / HOUR_MS, 1)} hours of ${formatInterval(interval)} are not known`);
  return EXIT.incomplete;
}

async function showBackTest(
  flags: Flags,
  bounds: Partial<Interval>,
  source: IntensitySource | MarginalSource,
  io: Io,
): Promise<ExitStatus> {
  const seeAlso = "ada-carbon help intensity";
  const { result, unknown } = await backTestResult(
    source,
    {
      interval: {
        from: needed(bounds.from, "--from TIME", seeAlso),
        to: needed(bounds.to, "--to TIME", seeAlso),
      },
      hours: needed(flags.for, "--for LENGTH", seeAlso),
      withinHours: flags.within ?? 24,
      zone: flags.zone,
    },
    io,
  );
  printResult(result, flags, io);
  if (unknown === 0) return EXIT.ok;
  io.stderr.warning(`of ${result.rows.length} days ${unknown} are not known`);
  return EXIT.incomplete;
}

const COLUMNS: readonly Column<GridPeriod>[] = [
  { head: "from", name: "from", value: ({ from }) => formatInstant(from) },
  { head: "to", name: "to", value: ({ to }) => formatInstant(to), isExtra: true },
  numbers("gCO2eq/kWh", "gco2eqPerKwh", 0, (period) => period.gco2eqPerKwh),
  { head: "kind", name: "kind", value: (period) => period.kind, align: "left" },
];
const LEGEND = "kind: actual is measured, estimated and forecast may still change.";

function assertSense({ best, kwh, format, ...flags }: Flags, { from, to }: Partial<Interval>): void {
  if (best !== undefined && format === "csv")
    throw new UsageError("--best is one window and no table: --format json has it");
  if (best !== undefined && (from ?? to) !== undefined)
    throw new UsageError("--best is about the forecast: leave --from and --to out");
  if (flags.powerCurve !== undefined && best === undefined)
    throw new UsageError("--power-curve is about --best: give it, too");
  if (kwh !== undefined && best === undefined) throw new UsageError("--kwh is about --best: give it, too");
  if (flags.backTest === true && best !== undefined)
    throw new UsageError("--back-test is about what was, --best about the forecast: give one of them");
  if (flags.backTest !== true && (flags.for ?? flags.within) !== undefined)
    throw new UsageError("--for and --within are about --back-test: give it, too");
  if (from === undefined && to !== undefined)
    throw new UsageError("--from TIME is missing; see ada-carbon help intensity");
  if (from !== undefined && to === undefined)
    throw new UsageError(
      `--to TIME is missing: ${JSON.stringify(flags.from)} is no whole day, week, month or year`,
    );
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError(`the interval ${formatInterval({ from, to })} is empty: --to must be after --from`);
}

/** How much of the interval lies in no period. Periods are ascending. */
function msWithout(periods: readonly GridPeriod[], { from, to }: Interval): number {
  let [unknown, known] = [0, from];
  for (const period of periods) {
    unknown += Math.max(0, period.from - known);
    known = Math.max(known, period.to);
  }
  return unknown + Math.max(0, to - known);
}

function periodsDocument(source: Grid, periods: readonly GridPeriod[]): object {
  const rows = periods.map(({ from, to, fetchedAt, updatedAt, ...rest }) => ({
    ...formatEnds({ from, to }),
    ...rest,
    fetchedAt: formatInstant(fetchedAt),
    ...(updatedAt === undefined ? {} : { updatedAt: formatInstant(updatedAt) }),
  }));
  return { ...aboutDocument(source), periods: rows };
}

/** The best window of all places, and that of each other place. */
interface Best {
  readonly source: Grid;
  readonly place: string;
  readonly window: BestWindow;
  readonly kwh: number | undefined;
  readonly others: readonly PlaceWindow[];
}

function bestDocument({ source, place, window, kwh, others }: Best): object {
  const shown = (best: BestWindow): object => ({ ...best, ...formatEnds(best) });
  return {
    ...aboutDocument(source),
    ...(others.length === 0 ? {} : { place }),
    ...shown(window),
    ...(kwh === undefined ? {} : { kwh, savedGco2eq: bestWindowSaving(window, kwh) }),
    ...(others.length === 0
      ? {}
      : {
          others: others.map((other) => ({ place: other.place, ...(other.window && shown(other.window)) })),
        }),
  };
}

function bestLines({ source, place, window: best, kwh, others }: Best, hours: number): string[] {
  const text = (window: BestWindow): string =>
    `${formatInterval(window)} at ${window.gco2eqPerKwh.toFixed(0)} gCO2eq/kWh`;
  const line = `best ${hours} h: ${others.length === 0 ? "" : `${place}, `}${text(best)}`;
  const elsewhere = others.map(
    ({ place: name, window }) => `${name}, ${window === null ? "not known" : text(window)}`,
  );
  const { savedGco2eqPerKwh: saved, nowGco2eqPerKwh: now } = best;
  const compared =
    now === null || saved === null
      ? []
      : saved > 0
        ? [
            `starting now would be at ${now.toFixed(0)}; waiting saves ${saved.toFixed(0)} g for every kWh${savingText(best, kwh)}`,
          ]
        : ["that is as good as starting now"];
  return [line, ...compared, ...elsewhere, "", ...factsOf(source)];
}

function savingText(best: BestWindow, kwh: number | undefined): string {
  const grams = kwh === undefined ? null : bestWindowSaving(best, kwh);
  return grams === null ? "" : `, ${grams.toFixed(0)} g for ${kwhText(kwh ?? 0)} kWh`;
}

const PAGE = {
  description:
    "Without an interval or --best, the next 24 hours. Values are grams per kWh of the grid; what they count is printed below them. Without --grid they are CO2 of electricity consumed in Great Britain, losses included, from the GB Carbon Intensity API.",
  incomplete: "the grid knows nothing of a part of what was asked for",
  examples: [
    "ada-carbon intensity --from 2025-09-10T00:00Z --to 2025-09-11T00:00Z",
    "ada-carbon intensity --best 4 --kwh 2.5 --region 12",
    "ada-carbon intensity --best 4 --grid isis=gb/12 --grid clf=gb/3 --power-curve 300,80",
    "ada-carbon intensity --back-test --for 4h --from 2025-09-01T09:00Z --to 2025-10-01T09:00Z",
  ],
};
