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

type Quantity = keyof typeof SESSION_QUANTITY_COLUMNS;

/** The quantities of a session, read by their columns. */
export function sessionQuantities(read: (column: string) => number): Record<Quantity, number> {
  const quantity = (name: Quantity): number => read(SESSION_QUANTITY_COLUMNS[name]);
  return {
    runtimeSeconds: quantity("runtimeSeconds"),
    unknownSeconds: quantity("unknownSeconds"),
    busyKwh: quantity("busyKwh"),
    idleKwh: quantity("idleKwh"),
    busyGco2eq: quantity("busyGco2eq"),
    idleGco2eq: quantity("idleGco2eq"),
    kwhWithoutCarbon: quantity("kwhWithoutCarbon"),
  };
}
