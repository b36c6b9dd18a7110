import { badQuery } from "./errors.js";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["y", 365 * 86_400_000],
  ["w", 7 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
]);

const PATTERN = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/** A duration as PromQL writes it, such as `1h30m`, `90s` or `500ms`, in milliseconds. */
export function parseDuration(text: string): number {
  if (text === "" || !PATTERN.test(text)) throw badQuery(`not a valid duration string: "${text}"`);
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g))
    total += Number(count) * (UNITS.get(unit ?? "") ?? 0);
  return total;
}
