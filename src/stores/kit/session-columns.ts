import { recordOf } from "../../usage/record-of.js";
import { SESSION_QUANTITIES } from "../assert-session.js";
/** What SQL stores call the times of a session. */
export const SESSION_TIME_COLUMNS = {
  startedAt: "started_at",
  endedAt: "ended_at",
  countedUntil: "counted_until",
} as const;

/** What SQL stores call the quantities of a session; the first four have their names from the source documents. */
export const SESSION_QUANTITY_COLUMNS = {
  busyKwh: "busy_kwh",
  idleKwh: "idle_kwh",
  busyGco2eq: "busy_gco2eq",
  idleGco2eq: "idle_gco2eq",
  runtimeSeconds: "runtime_seconds",
  unknownSeconds: "unknown_seconds",
  kwhWithoutCarbon: "kwh_without_carbon",
} as const;

/** The quantities of a session, read by their columns. */
export function sessionQuantities(
  read: (column: string) => number,
): Record<(typeof SESSION_QUANTITIES)[number], number> {
  return recordOf(SESSION_QUANTITIES, (name) => read(SESSION_QUANTITY_COLUMNS[name]));
}
