import { isAdaCarbonError } from "../../usage/errors.js";
import { parseInstant } from "../../usage/hour.js";

/** When a row starts; `to` where its time says how long it is. UTC. */
export interface RowTime {
  readonly from: number;
  readonly to?: number | undefined;
}

/** `2025`, `2025-09`, `2025-09-10` as the whole of it, or an instant with an offset; `undefined` for anything else. */
export function rowTime(text: string): RowTime | undefined {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text) ?? [];
  if (year !== undefined) return wholeOf(text, Number(year), month, day);
  try {
    return { from: parseInstant(text) };
  } catch (error) {
    if (isAdaCarbonError(error)) return undefined;
    throw error;
  }
}

function wholeOf(
  text: string,
  year: number,
  month: string | undefined,
  day: string | undefined,
): RowTime | undefined {
  const from = Date.UTC(year, Number(month ?? 1) - 1, Number(day ?? 1));
  // 2025-13 and 2025-02-30 would be taken as days of the next month.
  if (!new Date(from).toISOString().startsWith(text)) return undefined;
  if (day !== undefined) return { from, to: Date.UTC(year, Number(month) - 1, Number(day) + 1) };
  if (month !== undefined) return { from, to: Date.UTC(year, Number(month), 1) };
  return { from, to: Date.UTC(year + 1, 0, 1) };
}
