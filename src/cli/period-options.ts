import type { Command } from "commander";
import { parsePeriod } from "../timeseries/rollup/period.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";
import { assertOrder } from "./interval-options.js";
import type { Io } from "./io.js";
import { zone } from "./parse.js";
import { ofFlags } from "./usage-error.js";

export interface PeriodFlags {
  readonly from?: string;
  readonly to?: string;
  readonly zone: string;
}

/** `--from` and `--to` as people say times, in `--zone`. */
export function addPeriodOptions(command: Command): Command {
  return command
    .option(
      "--from <time>",
      "2025-09-10, yesterday, today, -7d, 2025-W37, 2025-09 or an instant; alone, a day, week or month is all of it; the first stored hour without",
    )
    .option("--to <time>", "the same: where it begins is the end; that of the last stored hour without")
    .option("--zone <zone>", "whose days, weeks and months are meant, such as Europe/London", zone, "UTC");
}

/** The bounds that the flags name, on full hours and not after the hour that is under way. */
export function periodOf({ from, to, zone: where }: PeriodFlags, io: Io): Partial<Interval> {
  const now = io.clock();
  const begin = from === undefined ? undefined : ofFlags(() => parsePeriod(from, where, now), "--from");
  const end = to === undefined ? begin?.to : ofFlags(() => parsePeriod(to, where, now), "--to").from;
  const full = (time: number): number => Math.ceil(time / HOUR_MS) * HOUR_MS;
  const bounds = {
    ...(begin === undefined ? {} : { from: full(begin.from) }),
    ...(end === undefined ? {} : { to: to === undefined ? Math.min(full(end), full(now)) : full(end) }),
  };
  assertOrder(bounds);
  return bounds;
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
