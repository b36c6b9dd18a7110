import type { HourlyIntensity } from "../intensity/hourly.js";
import { applyIntensity } from "../rows/scope-rows.js";
import { DAY_MS, type FinishedHour } from "../usage/hour.js";
import { type MutableSeries, numberAt, pickRows, rowsWhere, type UsageSeries } from "../usage/series.js";
import { type Horizon, isDue, isYoung } from "./plan.js";

/**
 * Which of `hours` got an intensity that differs from the stored one, in value or in how good it is. Rows without energy
 * of a cloud that spans grids have none, and need none.
 */
export function improvedHours(
  stored: UsageSeries,
  hours: readonly FinishedHour[],
  intensity: HourlyIntensity,
): Set<FinishedHour> {
  const rows = new Map(stored.hours.map((hour, i) => [hour, i]));
  const improved = hours.filter((hour, i) => {
    const row = rows.get(hour);
    const now = intensity.provenance[i] ?? null;
    if (row === undefined || now === null) return false;
    const before = stored.provenance[row]?.intensity ?? null;
    if (before === null && numberAt(stored.busyGco2eq, row) + numberAt(stored.idleGco2eq, row) === 0)
      return false;
    const [value, valueBefore] = [numberAt(intensity.gco2eqPerKwh, i), numberAt(stored.gco2eqPerKwh, row)];
    return before?.kind !== now.kind || before.settled !== now.settled || valueBefore !== value;
  });
  return new Set(improved);
}

/**
 * Rows of `ada` of old hours that were looked up and stay as they are, with `fetchedAt` as of now, so that the next
 * look at them is due a day later.
 *
 * @param isGivenAgain Whether the grid has given the intensity of an hour again.
 */
export function lookedUpRows(
  ada: UsageSeries,
  hours: readonly FinishedHour[],
  isGivenAgain: (hour: FinishedHour) => boolean,
  horizon: Horizon,
): UsageSeries {
  const wanted = new Set(hours);
  const picked = rowsWhere(ada, (hour, row) => {
    if (!wanted.has(hour) || isYoung(hour, horizon)) return false;
    return isDue(ada.provenance[row]?.intensity ?? null, horizon.now) && isGivenAgain(hour);
  });
  const provenance = picked.provenance.map((row) => ({
    ...row,
    intensity: row.intensity && { ...row.intensity, fetchedAt: horizon.now },
  }));
  return { ...picked, provenance };
}

/** So many days are read, restated and written at a time: it bounds the memory, and a store may rewrite files. */
const RESTATED_AT_ONCE_MS = 28 * DAY_MS;

/** The hours that improved, by four weeks, each with its index in `hours`, which are ascending. */
export function inParts(
  improved: ReadonlySet<FinishedHour>,
  hours: readonly FinishedHour[],
): ReadonlyMap<FinishedHour, number>[] {
  const indexed = hours.map((hour, i): [FinishedHour, number] => [hour, i]);
  const parts = Map.groupBy(
    indexed.filter(([hour]) => improved.has(hour)),
    ([hour]) => Math.floor(hour / RESTATED_AT_ONCE_MS),
  );
  return [...parts.values()].map((part) => new Map(part));
}

/** The rows of a stored series whose hour is in `improved`, with carbon from the new intensity at that index, or without. */
export function restateSeries(
  stored: UsageSeries,
  improved: ReadonlyMap<FinishedHour, number>,
  intensity: HourlyIntensity,
  fake: boolean,
): UsageSeries {
  const rows = [...stored.hours.keys()].filter((i) => {
    const hour = stored.hours[i];
    return hour !== undefined && improved.has(hour) && !Number.isNaN(numberAt(stored.busyKwh, i));
  });
  const picked = pickRows(stored, rows);
  const series: MutableSeries = {
    ...picked,
    hours: [...picked.hours],
    status: [...picked.status],
    provenance: [...picked.provenance],
  };
  series.hours.forEach((hour, i) => {
    const from = improved.get(hour) ?? -1;
    const now = intensity.provenance[from] ?? null;
    const before = series.provenance[i];
    if (before === undefined) return;
    applyIntensity(series, i, numberAt(intensity.gco2eqPerKwh, from));
    series.provenance[i] = { ...before, intensity: now };
    const status = series.status[i];
    if (now === null && (status === "processed" || status === "fake")) series.status[i] = "unprocessed";
    if (now !== null && status === "unprocessed") series.status[i] = fake ? "fake" : "processed";
  });
  return series;
}
