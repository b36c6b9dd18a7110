import { HALF_HOUR_MS, type Interval } from "../usage/hour.js";

/**
 * What to ask again when an answer stopped at a new year, as answers have done since 2018
 * (carbon-intensity/api-definitions#12, jnioche/carbonintensity-api#6): the range from the new year on,
 * whose first row is the half hour *before* it. `undefined` if the answer went on, was empty, or the new
 * year is still to come.
 */
export function cutOffAtNewYear(
  range: Interval,
  answer: readonly Interval[],
  now: number,
): Interval | undefined {
  const newYear = Date.UTC(new Date(range.to).getUTCFullYear(), 0);
  if (newYear <= range.from || newYear > now) return undefined;
  if (answer.length === 0 || answer.some((period) => period.to >= newYear)) return undefined;
  return { from: newYear, to: Math.max(range.to, newYear + HALF_HOUR_MS) };
}

/** `2020-01-01T00:00Z`, the service's own format. */
export function formatMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
