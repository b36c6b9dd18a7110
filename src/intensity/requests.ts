import { parseJson } from "../transport/body.js";
import { HTTP_OPTIONS, HttpClient, type HttpOptions } from "../transport/http.js";
import { AdaCarbonError } from "../usage/errors.js";
import { optional, type Rules } from "../usage/options.js";

/** What the options of a service must be that has an address of its own. */
export const SERVICE_OPTIONS: Rules<Partial<HttpOptions>> = {
  ...HTTP_OPTIONS,
  url: optional(HTTP_OPTIONS.url),
};

/** A service of intensities. Its answers are a few hundred kB at most, and come within a second or two. */
export function serviceClient(options: HttpOptions): HttpClient {
  const limits = { attemptTimeoutMs: 10_000, totalTimeoutMs: 30_000, maxResponseBytes: 4 * 2 ** 20 };
  return new HttpClient({ ...limits, ...options });
}

/** Reads a reply whose body is JSON. */
export function jsonBody<T>(
  read: (document: unknown, where: string) => T,
): (body: Uint8Array, where: string) => T {
  return (body, where) => read(parseJson(body, where), where);
}

/** Makes errors of replies that are not what a service promises. */
export function notAnAnswerOf(
  service: string,
): (where: string, what: string, cause?: unknown) => AdaCarbonError {
  return (where, what, cause) =>
    new AdaCarbonError(
      "bad-reply",
      `${where}: not an answer of ${service}: ${what}`,
      cause === undefined ? undefined : { cause },
    );
}
