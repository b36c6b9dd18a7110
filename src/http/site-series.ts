import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import { at, emptySeries, QUANTITIES, type Quantity, type UsageSeries } from "../usage/series.js";

/**
 * Several projects as one series. A project without a row or without numbers in an hour lowers the coverage
 * of it; where one has energy but no carbon, the hour has no carbon, since a part of it would pass for all.
 */
export function sumSeries(name: string, parts: readonly UsageSeries[]): UsageSeries {
  const hours = [...new Set(parts.flatMap(({ hours }) => hours))].sort((a, b) => a - b);
  const none = { library: "", model: null, intensity: null };
  const sum = emptySeries({ kind: "project", name }, hours, none);
  const rowOf = new Map<FinishedHour, number>(hours.map((hour, row) => [hour, row]));
  const spoilt = new Set<number>();
  for (const part of parts) {
    part.hours.forEach((hour, from) => {
      const to = rowOf.get(hour);
      if (to === undefined || Number.isNaN(at(part.busyCpuSeconds, from))) return;
      for (const quantity of QUANTITIES) add(sum, quantity, to, at(part[quantity], from));
      if (Number.isNaN(at(part.busyGco2eq, from))) spoilt.add(to);
      sum.coverage[to] =
        (Number.isNaN(at(sum.coverage, to)) ? 0 : at(sum.coverage, to)) +
        orZero(at(part.coverage, from)) / parts.length;
      if (sum.status[to] !== "fake") sum.status[to] = part.status[from] ?? "processed";
      sum.provenance[to] = part.provenance[from] ?? none;
    });
  }
  for (const row of spoilt) {
    sum.busyGco2eq[row] = Number.NaN;
    sum.idleGco2eq[row] = Number.NaN;
  }
  return sum;
}

function add(sum: UsageSeries, quantity: Quantity, row: number, value: number): void {
  if (!Number.isNaN(value)) sum[quantity][row] = orZero(at(sum[quantity], row)) + value;
}

const orZero = (value: number): number => (Number.isNaN(value) ? 0 : value);

/** Hours that are over, up to now: later ones are not missing, they have not been. */
export function lastFinishedHour(now: number): number {
  return Math.floor(now / HOUR_MS) * HOUR_MS;
}
