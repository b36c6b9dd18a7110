import { AdaCarbonError } from "../usage/errors.js";
import {
  formatInstant,
  formatInterval,
  HOUR_MS,
  hourOf,
  type Interval,
  isHour,
  MOST_HOURS,
} from "../usage/hour.js";

/** Refuses (`bad-input`) an interval that is empty, longer than 200 years, or whose ends are not on the hour. */
export function assertInterval({ from, to }: Interval): void {
  for (const end of [from, to]) {
    if (isHour(end)) continue;
    const nearest = `${formatInstant(hourOf(end))} and ${formatInstant(hourOf(end) + HOUR_MS)}`;
    throw new AdaCarbonError(
      "bad-input",
      `${formatInstant(end)} is not on the hour; the nearest hours are ${nearest}`,
    );
  }
  if (from >= to) {
    throw new AdaCarbonError(
      "bad-input",
      `the interval ${formatInterval({ from, to })} is empty: it must end after it starts`,
    );
  }
  if ((to - from) / HOUR_MS > MOST_HOURS)
    throw new AdaCarbonError(
      "bad-input",
      `the interval ${formatInterval({ from, to })} is longer than 200 years`,
    );
}
