import type { Command } from "commander";
import { parsePeriod } from "../timeseries/rollup/period.js";
import { formatInstant, HOUR_MS, hourlyInterval, hourOf, type Interval } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";
import type { Io } from "./io.js";
import { zone } from "./parse.js";
import { needed, ofFlags, UsageError } from "./usage-error.js";

export interface PeriodFlags {
  readonly from?: string;
  readonly to?: string;
  readonly zone: string;
}

/** What is meant without `--from` and `--to` where all that is stored is. */
export const STORED_HOURS = {
  from: "; the first stored hour without",
  to: "; that of the last stored hour without",
};

/** `--from` and `--to` as people say times, in `--zone`. `without` says what is meant where they are not given. */
export function addPeriodOptions(
  command: Command,
  without: { readonly from?: string; readonly to?: string } = {},
): Command {
  return command
    .option(
      "--from <time>",
      `2025-09-10, yesterday, today, -7d, 2025-W37, 2025-09, 2025 or 2025-09-10T00:00:00Z; alone, a day, week, month or year is all of it${without.from ?? ""}`,
    )
    .option("--to <time>", `the same: where it begins is the end${without.to ?? ""}`)
    .option(
      "--zone <zone>",
      "whose days, weeks, months and years are meant, such as Europe/London",
      zone,
      "UTC",
    );
}

/** The bounds that the flags name. An end that follows from `--from` alone is not after `latest`. */
export function periodOf(
  { from, to, zone: where }: PeriodFlags,
  io: Io,
  latest: number = Number.POSITIVE_INFINITY,
): Partial<Interval> {
  const now = io.clock();
  const begin = from === undefined ? undefined : ofFlags(() => parsePeriod(from, where, now), "--from");
  const bounds = begin === undefined ? {} : { from: begin.from };
  if (to !== undefined) return { ...bounds, to: ofFlags(() => parsePeriod(to, where, now), "--to").from };
  return begin?.to === undefined ? bounds : { ...bounds, to: Math.min(begin.to, latest) };
}

/** The same in full hours, none of them under way unless `--to` says so. Refuses what has no hour in it. */
export function hoursOf(flags: PeriodFlags, io: Io): Partial<Interval> {
  const latest = hourOf(io.clock());
  const bounds = periodOf(flags, io, latest);
  if (flags.to === undefined && bounds.to !== undefined && (bounds.from ?? 0) >= latest)
    throw new UsageError(
      `--from ${flags.from}: no hour of it is over; the last that is ends at ${formatInstant(latest)}`,
    );
  const { from = (bounds.to ?? HOUR_MS) - HOUR_MS, to = from + HOUR_MS } = bounds;
  ofFlags(() => hourlyInterval({ from, to }));
  return bounds;
}

/** The hours that the flags ask for. A command line that does not say both ends is wrong. */
export function intervalOf(flags: PeriodFlags, seeAlso: string, io: Io): Interval {
  const { from, to } = hoursOf(flags, io);
  return { from: needed(from, "--from TIME", seeAlso), to: needed(to, "--to TIME", seeAlso) };
}

/** The bounds, or where a series begins and ends; `undefined` where that is no hour. */
export function intervalWithin(
  { from, to }: Partial<Interval>,
  { hours }: UsageSeries,
): Interval | undefined {
  const [first, last] = [hours[0], hours.at(-1)];
  return first === undefined || last === undefined
    ? undefined
    : { from: from ?? first, to: to ?? last + HOUR_MS };
}
