import { licenceOfSource } from "../intensity/licences.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { formatInstant, formatInstantOrNull } from "../usage/hour.js";
import type { LiveWorkspace, PollIntensity, PollReport } from "../workspaces/report.js";
import { tryNext } from "./demo.js";
import type { Io } from "./io.js";
import { decimals, percent } from "./render.js";
import { type Column, type FormatFlags, numbers, printResult } from "./result.js";
import { onOneLine } from "./wrap.js";

/** What a poll found, as a JSON document: instants are text, everything else as in the report. */
export function reportDocument(report: PollReport): object {
  const shown = (now: PollIntensity | null): object | null =>
    now && { ...now, fetchedAt: formatInstantOrNull(now.fetchedAt) };
  return {
    ...report,
    at: formatInstantOrNull(report.at),
    intensity: shown(report.intensity),
    ...(report.projectIntensity === undefined
      ? {}
      : {
          projectIntensity: Object.fromEntries(
            Object.entries(report.projectIntensity).map(([project, now]) => [project, shown(now)]),
          ),
        }),
    hours: { stored: report.hours.stored.map(formatInstant), kept: report.hours.kept.map(formatInstant) },
    workspaces: report.workspaces.map(({ session: { hours: _, ...session }, ...now }) => ({
      ...session,
      startedAt: formatInstantOrNull(session.startedAt),
      endedAt: formatInstantOrNull(session.endedAt),
      countedUntil: formatInstantOrNull(session.countedUntil),
      ...now,
    })),
    licence: licence(report),
  };
}

/** The workspaces, and what there is to know about the poll. */
export function printReport(report: PollReport, flags: FormatFlags, isDemo: boolean, io: Io): void {
  const licenceLine = licence(report);
  printResult(
    {
      ...(isDemo ? { title: "workspaces", isSimulated: true } : {}),
      columns: COLUMNS,
      rows: report.workspaces,
      empty: "no host is up",
      facts: [
        ...report.sites.map((poll) => `${poll.site}: ${hostsText(poll)}`),
        `this poll: ${energyText(report)}`,
        intensityText(report),
        ...hoursText(report),
        ...report.warnings.map((warning) => `warning: ${warning}`),
        ...(licenceLine === null || isDemo ? [] : ["", licenceLine]),
      ],
      legend: [
        "W and idle: now. runtime: time worked. busy and idle kWh, kgCO2eq: since the session began. unknown: time of which nothing is known. -: not known.",
        ...(isDemo ? tryNext("ada-carbon workspaces --demo --sleep 15", "ada-carbon serve --demo") : []),
      ],
      document: reportDocument(report),
    },
    flags,
    io,
  );
}

/** One line a poll. */
export function pollLine(report: PollReport, skipped: number): string {
  const parts = [
    formatInstant(report.at),
    hostsText(report),
    energyText(report),
    intensityText(report),
    ...hoursText(report),
    ...(skipped > 0 ? [`${skipped} polls skipped`] : []),
    ...report.warnings.map((warning) => `warning: ${warning}`),
  ];
  return parts.join("; ");
}

export function failureLine(at: number, error: unknown): string {
  const why = isAdaCarbonError(error)
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  return `${formatInstant(at)}; poll failed: ${onOneLine(why)}; the next one makes up for it`;
}

const COLUMNS: readonly Column<LiveWorkspace>[] = [
  { head: "instance", name: "instance", value: ({ session }) => session.instance },
  { head: "machine", name: "machine", value: ({ session }) => session.machine, align: "left", isExtra: true },
  { head: "user", name: "user", value: ({ session }) => session.user, align: "left" },
  {
    head: "since",
    name: "since",
    isExtra: true,
    value: ({ session }) => formatInstant(session.startedAt),
    text: ({ session }) => formatInstant(Math.floor(session.startedAt / 1000) * 1000),
  },
  {
    head: "W",
    name: "watts",
    value: ({ watts }) => watts,
    text: ({ watts, seen }) => (watts === null ? (seen ? "-" : "away") : decimals(watts, 1)),
  },
  {
    head: "idle",
    name: "idleFraction",
    value: ({ idleFraction }) => idleFraction,
    text: ({ idleFraction }) => (idleFraction === null ? "-" : percent(idleFraction)),
  },
  {
    head: "runtime",
    name: "runtimeSeconds",
    value: ({ session }) => session.runtimeSeconds,
    isExtra: true,
    text: ({ session }) => duration(session.runtimeSeconds),
  },
  numbers("busy kWh", "busyKwh", 4, ({ session }) => session.busyKwh),
  numbers("idle kWh", "idleKwh", 4, ({ session }) => session.idleKwh),
  { head: "kgCO2eq", value: ({ session }) => kilograms(session), isExtra: true },
  { name: "busyGco2eq", value: ({ session }) => session.busyGco2eq },
  { name: "idleGco2eq", value: ({ session }) => session.idleGco2eq },
  { name: "kwhWithoutCarbon", value: ({ session }) => session.kwhWithoutCarbon },
  {
    head: "unknown",
    name: "unknownSeconds",
    value: ({ session }) => session.unknownSeconds,
    isExtra: true,
    text: ({ session }) => (session.unknownSeconds === 0 ? "-" : duration(session.unknownSeconds)),
  },
];

function kilograms({ busyGco2eq, idleGco2eq, kwhWithoutCarbon }: LiveWorkspace["session"]): string {
  const known = busyGco2eq + idleGco2eq;
  if (kwhWithoutCarbon > 0 && known === 0) return "-";
  return `${kwhWithoutCarbon > 0 ? "> " : ""}${decimals(known / 1000, 4)}`;
}

function hostsText({
  hosts,
  absent,
  opened,
  resumed,
  closed,
}: PollReport | PollReport["sites"][number]): string {
  const changes = [
    [absent, "away"],
    [opened, "opened"],
    [resumed, "resumed"],
    [closed, "closed"],
  ] as const;
  return [`${hosts} hosts up`, ...changes.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`)].join(
    ", ",
  );
}

function energyText(report: PollReport): string {
  const { busyKwh, idleKwh, busyGco2eq, idleGco2eq, countedSeconds, unknownSeconds } = report;
  const kwh = `${busyKwh.toFixed(4)} kWh busy and ${idleKwh.toFixed(4)} idle`;
  const known = intensitiesOf(report).filter((now) => now !== null).length;
  const grams = known === 0 ? "carbon not known" : `${(busyGco2eq + idleGco2eq).toFixed(2)} gCO2eq`;
  const unknown = unknownSeconds > 0 ? `, ${duration(unknownSeconds)} unknown` : "";
  return `${kwh}, ${grams}, in ${duration(countedSeconds)} of host time${unknown}`;
}

/** The intensities of all grids of a poll. */
export function intensitiesOf({ intensity, projectIntensity }: PollReport): (PollIntensity | null)[] {
  return [intensity, ...Object.values(projectIntensity ?? {})];
}

function intensityText({ intensity, projectIntensity = {} }: PollReport): string {
  const text = (now: PollIntensity | null): string =>
    now === null ? "no intensity" : `${now.gco2eqPerKwh} gCO2eq/kWh (${now.kind})`;
  const projects = Object.entries(projectIntensity).map(([project, now]) => `${project} ${text(now)}`);
  return [...projects, projects.length === 0 ? text(intensity) : `others ${text(intensity)}`].join(", ");
}

function hoursText({ hours: { stored } }: PollReport): string[] {
  return stored.length === 0 ? [] : [`stored ${stored.map(formatInstant).join(", ")}`];
}

function licence(report: PollReport): string | null {
  const lines = intensitiesOf(report).flatMap((now) => (now && licenceOfSource(now.source)) ?? []);
  return lines.length === 0 ? null : [...new Set(lines)].join(" ");
}

/** `2d 03h`, `3h 05m`, `7m 12s`, `12s`. */
function duration(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s >= 86_400) return `${Math.floor(s / 86_400)}d ${two(Math.floor((s % 86_400) / 3600))}h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}h ${two(Math.floor((s % 3600) / 60))}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m ${two(s % 60)}s` : `${s}s`;
}
