import { AdaCarbonError, type ErrorCode } from "../usage/errors.js";
import { formatInstant } from "../usage/hour.js";
import { retryAfterMs } from "./retry-after.js";

const HINTS: Partial<Record<ErrorCode, string>> = {
  unauthorised: "check the user, password, token or tenant header",
  "not-found": "check the URL and its path prefix",
  "server-error": "the service has trouble; try again later",
  timeout: "ask for less at once, or try again later",
};

const QUOTA_HINT = "too much was asked of it, or a quota is used up; try again later";

/** An error status as one line: what the service answered, where, and what to do. */
export function describeRefusal(response: Response, data: unknown, where: string): AdaCarbonError {
  const said = saidIn(data);
  const code = codeOf(response.status, data, said);
  const waitMs = retryAfterMs(response);
  const again =
    waitMs === undefined ? undefined : `it may be asked again from ${formatInstant(Date.now() + waitMs)} on`;
  const hints = response.status === 429 ? [again ?? QUOTA_HINT] : [again, HINTS[code]];
  const line = [`${where}: answered ${response.status}`, said, ...hints].filter((part) => part !== undefined);
  return new AdaCarbonError(code, line.join("; "));
}

/** What servers say when less at once would be answered. */
const TOO_MUCH = /too (?:many|much|large|long|big)|exceed|limit/i;

/** What an error of this status is, by the document that came with it and what it says in words. */
export function codeOf(status: number, data: unknown, said: string | undefined): ErrorCode {
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 404) return "not-found";
  // A proxy, or Prometheus itself, that gave up waiting for this one answer.
  if (status === 408 || status === 504 || errorTypeOf(data) === "timeout") return "timeout";
  if (status === 413 || status === 422) return "too-large";
  // With its own error type it is the server that could not answer this question, and may answer a part of it.
  if (status === 500 && errorTypeOf(data) !== undefined) return "too-large";
  if (status === 429 || status >= 500) return "server-error";
  return status === 400 && said !== undefined && TOO_MUCH.test(said) ? "too-large" : "refused";
}

/** Prometheus's `errorType`. */
const errorTypeOf = (data: unknown): unknown => fieldOf(data, "errorType");

/** The service's own words, from `error`, `error.message` or `message` beside it; short, and on one line. */
function saidIn(data: unknown): string | undefined {
  const words = [
    fieldOf(data, "error"),
    fieldOf(fieldOf(data, "error"), "message"),
    fieldOf(data, "message"),
  ];
  const said = [...new Set(words.filter((word) => typeof word === "string" && word !== ""))].join(": ");
  const line = said.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return line === "" ? undefined : line.slice(0, 300);
}

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
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
