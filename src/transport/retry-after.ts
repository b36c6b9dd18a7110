/** Headers of a limit of requests, which ky follows too: seconds, or the instant as Unix time. Replies of all kinds have them. */
const LIMIT_HEADERS = [
  "ratelimit-reset",
  "x-ratelimit-retry-after",
  "x-ratelimit-reset",
  "x-rate-limit-reset",
] as const;

/** What more seconds than these are is an instant, and not a wait. */
const EARLIEST_INSTANT_S = Date.UTC(2024, 0) / 1000;

/** How long a response asks to wait: `Retry-After`, in seconds or as a date, or the end of a limit; `undefined` if it does not say. */
export function retryAfterMs({ headers, status }: Response): number | undefined {
  const isLimit = status === 429 || status === 503;
  const names = ["retry-after", ...(isLimit ? LIMIT_HEADERS : [])];
  const text = names.map((name) => headers.get(name)).find((value) => value !== null);
  if (text == null || text.trim() === "") return undefined;
  const seconds = Number(text);
  const instantMs = Number.isNaN(seconds) ? Date.parse(text) : seconds * 1000;
  const isInstant = Number.isNaN(seconds) || seconds >= EARLIEST_INSTANT_S;
  const ms = isInstant ? instantMs - Date.now() : instantMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
