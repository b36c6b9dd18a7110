/** Headers of a limit of requests, which ky follows too: seconds, or the instant as Unix time. Replies of all kinds have them. */
const LIMIT_HEADERS = [
  "ratelimit-reset",
  "x-ratelimit-retry-after",
  "x-ratelimit-reset",
  "x-rate-limit-reset",
] as const;

/** What more seconds than these are is an instant, and not a wait. */
const EARLIEST_INSTANT_S = Date.UTC(2024, 0) / 1000;

/** What more seconds than these are is an instant in milliseconds, or none. */
const LATEST_INSTANT_MS = Date.UTC(2200, 0);

/**
 * How long a response asks to wait: `Retry-After`, in seconds or as a date, or the end of a limit. `undefined` if it does not
 * say, as with an end that is over: a clock is wrong then, and nothing is known of when it may be asked again.
 */
export function retryAfterMs({ headers, status }: Response): number | undefined {
  const isLimit = status === 429 || status === 503;
  const names = ["retry-after", ...(isLimit ? LIMIT_HEADERS : [])];
  return names.map((name) => waitMsOf(headers.get(name)?.trim() || "never")).find((ms) => ms > 0);
}

/** NaN for what says no wait. */
function waitMsOf(text: string): number {
  const seconds = Number(text);
  const isInstant = Number.isNaN(seconds) || seconds >= EARLIEST_INSTANT_S;
  return isInstant ? instantMsOf(text, seconds) - Date.now() : seconds * 1000;
}

/** A date, or seconds or milliseconds since 1970; NaN for what is none of these. */
function instantMsOf(text: string, value: number): number {
  if (Number.isNaN(value)) return Date.parse(text);
  return [value * 1000, value].find((ms) => ms < LATEST_INSTANT_MS) ?? Number.NaN;
}
