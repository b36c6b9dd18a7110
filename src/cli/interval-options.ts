import type { Command } from "commander";
import { hourlyInterval, type Interval } from "../usage/hour.js";
import { hour } from "./parse.js";
import { needed, ofFlags } from "./usage-error.js";

export interface IntervalFlags {
  readonly from?: number;
  readonly to?: number;
}

/** `--from` and `--to`, full hours; `more` says what is meant without them. */
export function addIntervalOptions(command: Command, more: { from?: string; to?: string } = {}): Command {
  return command
    .option("--from <iso>", `first hour, such as 2025-09-10T00:00:00Z${more.from ?? ""}`, hour)
    .option("--to <iso>", `end of the last hour${more.to ?? ""}`, hour);
}

/** The hours that the flags ask for. A command line without one of the ends, or with no hour between, is wrong. */
export function intervalOf(flags: IntervalFlags, seeAlso: string): Interval {
  const interval = {
    from: needed(flags.from, "--from ISO", seeAlso),
    to: needed(flags.to, "--to ISO", seeAlso),
  };
  ofFlags(() => hourlyInterval(interval));
  return interval;
}

/** Refuses two ends with no hour between them, where both are given. */
export function assertOrder({ from, to }: IntervalFlags): void {
  if (from !== undefined && to !== undefined) ofFlags(() => hourlyInterval({ from, to }));
}
