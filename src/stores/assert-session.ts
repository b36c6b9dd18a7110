import { AdaCarbonError } from "../usage/errors.js";
import { assertName } from "./names.js";
import type { WorkspaceSession } from "./workspace-store.js";

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

/** The last millisecond of the year 9999, after which ISO 8601 writes years otherwise. */
const LATEST = 253_402_300_799_999;

/**
 * Refuses (code `bad-input`) a session that no store may accept: numbers that are not finite or negative,
 * times that are not whole milliseconds of the years 1970 to 9999, an end before the start, empty names.
 */
export function assertSession(session: WorkspaceSession): void {
  const { id, site, instance, project, machine, user, group, startedAt, endedAt, countedUntil } = session;
  for (const [what, name] of Object.entries({ id, site, instance, project, machine, user, group })) {
    if (name !== null) assertName(name, `the ${what} of a session`);
  }
  const refuse = (what: string, must: string): never => {
    throw new AdaCarbonError("bad-input", `session ${JSON.stringify(id)}: ${what}; it must be ${must}`);
  };
  for (const [what, time] of Object.entries({ startedAt, endedAt, countedUntil })) {
    if (time !== null && !isInstant(time)) refuse(`${what} is ${time}`, "UTC milliseconds, a whole number");
  }
  if (endedAt !== null && endedAt < startedAt) refuse("it ends before it starts", "the other way round");
  for (const name of SESSION_QUANTITIES) {
    const value = session[name];
    if (!Number.isFinite(value) || value < 0) refuse(`${name} is ${value}`, "finite and not negative");
  }
}

/** Refuses (code `bad-input`) ids that no session has, and an instant at which none can end. */
export function assertEnd(ids: readonly string[], at: number): void {
  for (const id of ids) assertName(id, "the id of a session");
  if (isInstant(at)) return;
  throw new AdaCarbonError(
    "bad-input",
    `sessions cannot end at ${at}; it must be UTC milliseconds, a whole number`,
  );
}

function isInstant(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms <= LATEST;
}
