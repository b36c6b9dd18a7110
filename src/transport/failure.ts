import { AdaCarbonError, type ErrorCode } from "../usage/errors.js";

const HINTS: Partial<Record<ErrorCode, string>> = {
  unauthorised: "check the user, password, token or tenant header",
  "not-found": "check the URL and its path prefix",
  "server-error": "the service has trouble; try again later",
};

/** An error status as one line: what the service answered, where, and what to do. */
export function describeRefusal(response: Response, data: unknown, where: string): AdaCarbonError {
  const code = codeOf(response.status);
  const said = saidIn(data);
  const hint = HINTS[code];
  const line = [`${where}: answered ${response.status}`, said, hint].filter((part) => part !== undefined);
  return new AdaCarbonError(code, line.join("; "));
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 404) return "not-found";
  if (status === 408) return "timeout";
  if (status === 429 || status >= 500) return "server-error";
  return "refused";
}

/** The service's own words, from Prometheus's `error` or the GB API's `error.message`; short, and on one line. */
function saidIn(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !("error" in data)) return undefined;
  const { error } = data;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  if (typeof message !== "string" || message === "") return undefined;
  return message
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}

/** What fetch throws when there is no answer, as one line with the reason from the bottom of the cause chain. */
export function describeUnreachable(error: unknown, where: string): AdaCarbonError {
  const reasons: string[] = [];
  for (let e = error; e instanceof Error && reasons.length < 5; e = e.cause) {
    const code = "code" in e && typeof e.code === "string" ? e.code : undefined;
    reasons.push(code ?? e.message);
  }
  const reason = reasons.at(-1) ?? "no answer";
  const cause = error instanceof Error ? error.cause : undefined;
  return new AdaCarbonError(
    "unreachable",
    `${where}: cannot be reached (${reason}); check the URL and the network`,
    { cause },
  );
}
