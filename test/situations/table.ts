import Table from "cli-table3";
import type { JudgedHour, Verdict } from "./judge.js";
import { totalOf, type Used } from "./machines.js";

/** A situation on a server in numbers; errors are shares of the capacity of the host in the hour. */
export interface Line {
  readonly situation: string;
  readonly case?: number;
  /** Worst of the hours that are `processed`. */
  readonly worstTotal: number;
  readonly worstBusy: number;
  readonly worstBusyAgainstTruth: number;
  readonly processed: number;
  readonly flagged: number;
  readonly leastCoverage: number;
  readonly increaseTotal: number;
  readonly increaseBusy: number;
  readonly rawTotal: number;
  readonly rawBusyAgainstTruth: number;
  readonly findings: readonly string[];
  readonly problems: readonly string[];
}

export function lineOf({ situation, hours, problems, runs }: Verdict): Line {
  const processed = hours.filter(({ status }) => status === "processed");
  const worst = (of: readonly JudgedHour[], error: (hour: JudgedHour) => number): number =>
    Math.max(0, ...of.map((hour) => Math.abs(error(hour)) / hour.machine.capacity));
  const total = (what: "stored" | "increase" | "raw") => (hour: JudgedHour) =>
    totalOf(hour[what]) - totalOf(hour.truth);
  const busy = (what: "stored" | "increase" | "raw", against: "raw" | "truth") => (hour: JudgedHour) =>
    (hour[what] satisfies Used).busy - hour[against].busy;
  return {
    situation: situation.name,
    ...(situation.case === undefined ? {} : { case: situation.case }),
    worstTotal: worst(processed, total("stored")),
    worstBusy: worst(processed, busy("stored", "raw")),
    worstBusyAgainstTruth: worst(processed, busy("stored", "truth")),
    processed: processed.length,
    flagged: hours.length - processed.length,
    leastCoverage: Math.min(1, ...hours.map(({ coverage }) => coverage)),
    increaseTotal: worst(hours, total("increase")),
    increaseBusy: worst(hours, busy("increase", "raw")),
    rawTotal: worst(hours, total("raw")),
    rawBusyAgainstTruth: worst(hours, busy("raw", "truth")),
    findings: [...new Set(runs.flatMap(({ report }) => report?.findings.map(({ kind }) => kind) ?? []))],
    problems,
  };
}

const share = (value: number): string => {
  if (value === 0) return "0";
  return value < 1e-4 ? value.toExponential(0) : `${(100 * value).toFixed(value < 0.1 ? 2 : 0)}%`;
};

export function printTable(server: string, lines: readonly Line[]): string {
  const table = new Table({
    head: [
      `${server}: situation`,
      "case",
      "total",
      "busy",
      "processed",
      "flagged",
      "coverage",
      "increase: total",
      "busy",
      "raw: total",
      "busy",
      "problems",
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const line of lines)
    table.push([
      line.situation,
      line.case ?? "",
      share(line.worstTotal),
      share(line.worstBusy),
      line.processed,
      line.flagged || "",
      line.leastCoverage.toFixed(3),
      share(line.increaseTotal),
      share(line.increaseBusy),
      share(line.rawTotal),
      share(line.rawBusyAgainstTruth),
      line.problems.length || "",
    ]);
  return table.toString();
}
