import { badInput } from "../usage/errors.js";
import { HOUR_MS, isHour } from "../usage/hour.js";
import { assertArgument, LIST, OBJECT } from "../usage/options.js";
import { isMarginal } from "../usage/provenance.js";
import { assertName } from "./names.js";
import type { SessionHour, WorkspaceSession } from "./workspace-store.js";

/** The quantities of a {@link WorkspaceSession}, which {@link WorkspaceTotals} sums. */
export const SESSION_QUANTITIES = [
  "runtimeSeconds",
  "unknownSeconds",
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
  "kwhWithoutCarbon",
] as const;

const NAMES = ["id", "site", "instance", "project", "machine", "user", "group"] as const;
const TIMES = ["startedAt", "endedAt", "countedUntil"] as const;

/** The last millisecond of the year 9999, after which ISO 8601 writes years otherwise. */
const LATEST = 253_402_300_799_999;

/**
 * Refuses (code `bad-input`) a session that no store may accept: numbers that are not finite or negative,
 * times that are not whole milliseconds of the years 1970 to 9999, an end before the start, empty names, and
 * hours that make no sense.
 */
export function assertSession(session: WorkspaceSession): void {
  assertArgument("a store", "a session", session, OBJECT);
  const { id, startedAt, endedAt } = session;
  // Stores check thousands of sessions a minute: messages are made only for those that they refuse.
  for (const what of NAMES) {
    const name = session[what];
    const isName = typeof name === "string" && name !== "" && name.isWellFormed();
    if (name !== null && !isName) assertName(name, `the ${what} of a session`);
  }
  const refuse = (what: string, must: string): never => {
    throw badInput(`session ${JSON.stringify(id)}: ${what}; it must be ${must}`);
  };
  for (const what of TIMES) {
    const time = session[what];
    if (time !== null && !isInstant(time)) refuse(`${what} is ${time}`, "UTC milliseconds, a whole number");
  }
  if (endedAt !== null && endedAt < startedAt) refuse("it ends before it starts", "the other way round");
  for (const name of SESSION_QUANTITIES) {
    const value = session[name];
    if (!Number.isFinite(value) || value < 0) refuse(`${name} is ${value}`, "finite and not negative");
  }
  if (session.basis !== undefined) assertName(session.basis, "the basis of a session");
  if (isMarginal(session.basis)) refuse("its basis is marginal", "an average");
  if (session.hours !== undefined) assertHours(session.hours, refuse);
}

/** The quantities of a {@link SessionHour}. */
export const SESSION_HOUR_QUANTITIES = [
  "busyCpuSeconds",
  "idleCpuSeconds",
  "unknownCpuSeconds",
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
  "kwhWithoutCarbon",
] as const;

function assertHours(hours: readonly SessionHour[], refuse: (what: string, must: string) => never): void {
  if (hours.length === 0) refuse("its list of hours is empty", "absent, or have some");
  let before = Number.NEGATIVE_INFINITY;
  for (const sessionHour of hours) {
    const { hour, upFrom, upTo, model, intensity } = sessionHour;
    if (!isHour(hour) || !isInstant(hour)) refuse(`an hour is ${hour}`, "the start of a UTC hour");
    if (hour <= before) refuse("its hours are not ascending", "one of each, ascending");
    before = hour;
    const isWithin = hour <= upFrom && upFrom <= upTo && upTo <= hour + HOUR_MS;
    if (!isInstant(upFrom) || !isInstant(upTo) || !isWithin)
      refuse(`it was up from ${upFrom} to ${upTo} in the hour ${hour}`, "a part of that hour");
    for (const name of SESSION_HOUR_QUANTITIES) {
      const value = sessionHour[name];
      if (!Number.isFinite(value) || value < 0)
        refuse(`${name} of an hour is ${value}`, "finite and not negative");
    }
    assertName(model, "the model of an hour");
    if (intensity === null) continue;
    assertName(intensity.source, "the source of an intensity");
    if (isMarginal(intensity.basis)) refuse("an intensity is marginal", "an average");
    if (intensity.fetchedAt !== null && !isInstant(intensity.fetchedAt))
      refuse(`an intensity was fetched at ${intensity.fetchedAt}`, "UTC milliseconds, a whole number");
  }
}

/** Refuses (code `bad-input`) ids that no session has, and an instant at which none can end. */
export function assertEnd(ids: readonly string[], at: number): void {
  assertArgument("a store", "the ids of sessions", ids, LIST);
  for (const id of ids) assertName(id, "the id of a session");
  if (isInstant(at)) return;
  throw badInput(`sessions cannot end at ${at}; it must be UTC milliseconds, a whole number`);
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= LATEST;
}
