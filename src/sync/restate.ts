import type { HourlyIntensity } from "../intensity/hourly.js";
import type { FinishedHour } from "../usage/hour.js";
import { at, type MutableSeries, pickRows, type UsageSeries } from "../usage/series.js";
import { applyIntensity } from "./series-of.js";

/** Which of `hours` got an intensity that differs from the stored one, in value or in how good it is. */
export function improvedHours(
  ada: UsageSeries,
  hours: readonly FinishedHour[],
  intensity: HourlyIntensity,
): Set<FinishedHour> {
  const rows = new Map(ada.hours.map((hour, i) => [hour, i]));
  const improved = hours.filter((hour, i) => {
    const row = rows.get(hour);
    const now = intensity.provenance[i] ?? null;
    if (row === undefined || now === null) return false;
    const before = ada.provenance[row]?.intensity ?? null;
    const value = at(intensity.gco2eqPerKwh, i);
    return before?.kind !== now.kind || before.settled !== now.settled || at(ada.gco2eqPerKwh, row) !== value;
  });
  return new Set(improved);
}

/** The rows of a stored series whose hour is in `improved`, with carbon from the new intensity. */
export function restateSeries(
  stored: UsageSeries,
  improved: ReadonlySet<FinishedHour>,
  hours: readonly FinishedHour[],
  intensity: HourlyIntensity,
  fake: boolean,
): UsageSeries {
  const rows = [...stored.hours.keys()].filter((i) => {
    const hour = stored.hours[i];
    return hour !== undefined && improved.has(hour) && !Number.isNaN(at(stored.busyKwh, i));
  });
  const picked = pickRows(stored, rows);
  const series: MutableSeries = {
    ...picked,
    hours: [...picked.hours],
    status: [...picked.status],
    provenance: [...picked.provenance],
  };
  const index = new Map(hours.map((hour, i) => [hour, i]));
  series.hours.forEach((hour, i) => {
    const from = index.get(hour) ?? -1;
    const now = intensity.provenance[from] ?? null;
    const before = series.provenance[i];
    if (now === null || before === undefined) return;
    applyIntensity(series, i, at(intensity.gco2eqPerKwh, from));
    series.provenance[i] = { ...before, intensity: now };
    if (series.status[i] === "unprocessed") series.status[i] = fake ? "fake" : "processed";
  });
  return series;
}
