import { assertOptions, oneOf, optional, type Rules, TEXT, TEXTS } from "../../usage/options.js";
import { QUANTITIES } from "../../usage/series.js";
import { documentError, ownMember, readDocument } from "./check.js";
import { machineNameFault, totalUsage } from "./day-entry.js";
import { dayEntrySchema } from "./day-entry-schema.js";
import { ALL, DAY_NAMES, type DayUsage, type EstimatedUsageDayEntry, FAILED } from "./day-entry-shape.js";
import { parseLenientJson } from "./lenient-json.js";

/** What a day entry is held against. */
export interface ParseDayEntryOptions {
  /** Where the document is from, for messages: a path or URL. */
  readonly where: string;
  /** The machines that there are. A document with another is refused; without a list, any may be. */
  readonly machines?: readonly string[] | undefined;
  /**
   * `check`, the default, refuses totals that are not the sums of the hours, since no one can say which of
   * them is right. `recompute` takes the hours.
   */
  readonly totals?: "check" | "recompute" | undefined;
}

const PARSE_OPTIONS: Rules<ParseDayEntryOptions> = {
  where: TEXT,
  machines: optional(TEXTS),
  totals: optional(oneOf(["check", "recompute"])),
};

/** How far a total may be from the sum of its hours, relative: writers round, and add up in other orders. */
const TOLERANCE = 1e-6;

/**
 * Reads an `EstimatedUsageDayEntry` from its text, in JSON as the source documents write it, or from what
 * JSON made of it.
 *
 * @throws {AdaCarbonError} `bad-input` with the path of what is wrong: an unknown machine, a date that is none,
 * a number as a string, a member that is missing or unknown, an hour with grams but no kWh, wrong totals.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseDayEntry } from "ada-carbon/timeseries";
 *
 * const text = '{ "cloud_project_name": "IDAaaS", "date": "31_02_2025", "timeseries": { "totals": {} } }';
 * assert.throws(() => parseDayEntry(text, { where: "day.json" }), /day.json: date: "31_02_2025" is not a date/);
 */
export function parseDayEntry(input: unknown, options: ParseDayEntryOptions): EstimatedUsageDayEntry {
  assertOptions("parseDayEntry", options, PARSE_OPTIONS);
  const { where } = options;
  const value = typeof input === "string" ? parseLenientJson(input, where) : input;
  refuseReserved(value, where);
  const entry = readDocument(value, dayEntrySchema, where);
  dayOf(entry, where);
  for (const [time, machines] of Object.entries(entry.timeseries)) {
    for (const [machine, usage] of Object.entries(machines)) {
      const path = ["timeseries", time, machine];
      if (machine !== ALL && options.machines?.includes(machine) === false)
        throw documentError(where, path, "there is no such machine");
      if (time !== "totals") refuseHalves(usage, path, where);
    }
  }
  return options.totals === "recompute" ? withTotals(entry) : assertTotals(entry, where);
}

/** Start of the document's UTC day, milliseconds. */
export function dayOf(entry: EstimatedUsageDayEntry, where: string): number {
  const [date, month, year] = entry.date.split("_");
  const iso = `${year}-${month}-${date}`;
  const day = Date.parse(`${iso}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== iso)
    throw documentError(where, ["date"], `${JSON.stringify(entry.date)} is not a date DD_MM_YYYY`);
  return day;
}

/** zod leaves `__proto__` out without a word; nothing of a document is dropped like that. */
function refuseReserved(value: unknown, where: string): void {
  const timeseries = memberOf(value, "timeseries");
  for (const time of timeseries === undefined ? [] : Object.keys(timeseries)) {
    if (Object.hasOwn(memberOf(timeseries, time) ?? {}, "__proto__"))
      throw documentError(where, ["timeseries", time], machineNameFault("__proto__") ?? "");
  }
}

function memberOf(value: unknown, name: string): object | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const member: unknown = (value as Record<string, unknown>)[name];
  return typeof member === "object" && member !== null ? member : undefined;
}

/** Either everything is there, or nothing, or all but the grams: no status means anything else. */
function refuseHalves(usage: DayUsage, path: readonly string[], where: string): void {
  const failed = QUANTITIES.filter((name) => usage[DAY_NAMES[name]] === FAILED);
  const gramsOnly = failed.length === 2 && failed.includes("busyGco2eq") && failed.includes("idleGco2eq");
  if (failed.length === 0 || failed.length === QUANTITIES.length || gramsOnly) return;
  const names = failed.map((name) => DAY_NAMES[name]).join(", ");
  throw documentError(where, path, `only ${names} failed; all six can fail, or both of gCo2eq`);
}

/** The totals that the hours of the entry make. A machine in `totals` without an hour has failed ones. */
function totalsOf({ timeseries }: EstimatedUsageDayEntry): Map<string, DayUsage> {
  const { totals = {}, ...hours } = timeseries;
  const machines = new Set([
    ALL,
    ...[totals, ...Object.values(hours)].flatMap((usage) => Object.keys(usage)),
  ]);
  return new Map(
    [...machines].map((machine) => [
      machine,
      totalUsage(Object.values(hours).flatMap((usage) => ownMember(usage, machine) ?? [])),
    ]),
  );
}

function withTotals(entry: EstimatedUsageDayEntry): EstimatedUsageDayEntry {
  const totals = Object.fromEntries(totalsOf(entry));
  return { ...entry, timeseries: { ...entry.timeseries, totals } };
}

function assertTotals(entry: EstimatedUsageDayEntry, where: string): EstimatedUsageDayEntry {
  for (const [machine, expected] of totalsOf(entry)) {
    const total = ownMember(entry.timeseries.totals ?? {}, machine);
    const path = ["timeseries", "totals", machine];
    if (total === undefined) throw documentError(where, path, "it is missing");
    for (const name of Object.values(DAY_NAMES)) {
      if (!agree(total[name], expected[name]))
        throw documentError(
          where,
          [...path, name],
          `it is ${total[name]}, but its hours make ${expected[name]}`,
        );
    }
  }
  return entry;
}

function agree(total: number | typeof FAILED, expected: number | typeof FAILED): boolean {
  // An hour-less total may be written as 0.
  if (expected === FAILED) return total === FAILED || total === 0;
  return total !== FAILED && Math.abs(total - expected) <= TOLERANCE * Math.max(total, expected);
}
