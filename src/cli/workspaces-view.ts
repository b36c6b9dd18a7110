import { licenceOfSource } from "../intensity/licences.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import type { LiveWorkspace, PollReport } from "../workspaces/report.js";
import { type Cell, decimals, left, percent, render, right } from "./render.js";

/** What a poll found, as a JSON document: instants are text, everything else as in the report. */
export function reportDocument(report: PollReport): object {
  const instant = (ms: number | null): string | null => (ms === null ? null : formatInstant(ms));
  return {
    ...report,
    at: instant(report.at),
    intensity: report.intensity && { ...report.intensity, fetchedAt: instant(report.intensity.fetchedAt) },
    hours: { stored: report.hours.stored.map(formatInstant), kept: report.hours.kept.map(formatInstant) },
    workspaces: report.workspaces.map(({ session: { hours: _, ...session }, ...now }) => ({
      ...session,
      startedAt: instant(session.startedAt),
      endedAt: instant(session.endedAt),
      countedUntil: instant(session.countedUntil),
      ...now,
    })),
    licence: licence(report),
  };
}

/** A table of the workspaces and what there is to know about the poll. */
export function reportLines(report: PollReport): string[] {
  const licenceLine = licence(report);
  return [
    ...workspaceTable(report.workspaces),
    "",
    ...report.sites.map((poll) => `${poll.site}: ${hostsText(poll)}`),
    `this poll: ${energyText(report)}`,
    intensityText(report),
    ...hoursText(report),
    ...report.warnings.map((warning) => `warning: ${warning}`),
    ...(licenceLine === null ? [] : ["", licenceLine]),
  ];
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
  return `${formatInstant(at)}; poll failed: ${why.replace(/\s*\n\s*/g, " ")}; the next one makes up for it`;
}

const HEAD = [
  "instance",
  "machine",
  "user",
  "since",
  "W",
  "idle",
  "runtime",
  "busy kWh",
  "idle kWh",
  "kgCO2eq",
  "unknown",
];

function workspaceTable(workspaces: readonly LiveWorkspace[]): string[] {
  return workspaces.length === 0 ? ["no host is up"] : render(HEAD, workspaces.map(cells));
}

/** What is not known is a dash. */
function cells({ session, watts, idleFraction, seen }: LiveWorkspace): Cell[] {
  return [
    left(session.instance),
    left(session.machine ?? "-"),
    left(session.user ?? "-"),
    left(formatInstant(session.startedAt)),
    right(watts === null ? (seen ? "-" : "away") : decimals(watts, 1)),
    right(idleFraction === null ? "-" : percent(idleFraction, 1)),
    right(duration(session.runtimeSeconds)),
    right(decimals(session.busyKwh, 4)),
    right(decimals(session.idleKwh, 4)),
    right(kilograms(session)),
    right(session.unknownSeconds === 0 ? "-" : duration(session.unknownSeconds)),
  ];
}

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
  const grams =
    report.intensity === null ? "carbon not known" : `${(busyGco2eq + idleGco2eq).toFixed(2)} gCO2eq`;
  const unknown = unknownSeconds > 0 ? `, ${duration(unknownSeconds)} unknown` : "";
  return `${kwh}, ${grams}, in ${duration(countedSeconds)} of host time${unknown}`;
}

function intensityText({ intensity }: PollReport): string {
  if (intensity === null) return "no intensity";
  return `${intensity.gco2eqPerKwh} gCO2eq/kWh (${intensity.kind})`;
}

function hoursText({ hours: { stored } }: PollReport): string[] {
  return stored.length === 0 ? [] : [`stored ${stored.map(formatInstant).join(", ")}`];
}

function licence({ intensity }: PollReport): string | null {
  return intensity === null ? null : licenceOfSource(intensity.source);
}

/** `2d 03h`, `3h 05m`, `7m 12s`, `12s`. */
function duration(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s >= 86_400) return `${Math.floor(s / 86_400)}d ${two(Math.floor((s % 86_400) / 3600))}h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}h ${two(Math.floor((s % 3600) / 60))}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m ${two(s % 60)}s` : `${s}s`;
}
