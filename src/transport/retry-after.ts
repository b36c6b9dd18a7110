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

/** How long a response asks to wait: `Retry-After`, in seconds or as a date, or the end of a limit; `undefined` if it does not say. */
export function retryAfterMs({ headers, status }: Response): number | undefined {
  const isLimit = status === 429 || status === 503;
  const names = ["retry-after", ...(isLimit ? LIMIT_HEADERS : [])];
  const text = names.map((name) => headers.get(name)).find((value) => value !== null);
  if (text == null || text.trim() === "") return undefined;
  const seconds = Number(text);
  const isInstant = Number.isNaN(seconds) || seconds >= EARLIEST_INSTANT_S;
  const ms = isInstant ? instantMsOf(text, seconds) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** A date, or seconds or milliseconds since 1970; NaN for what is none of these. */
function instantMsOf(text: string, value: number): number {
  if (Number.isNaN(value)) return Date.parse(text);
  return [value * 1000, value].find((ms) => ms < LATEST_INSTANT_MS) ?? Number.NaN;
}
