import * as z from "zod";
import { AdaCarbonError, type ErrorCode, isAdaCarbonError } from "../usage/errors.js";
import { given } from "../usage/given.js";

/** An error as RFC 9457 has it, sent as `application/problem+json`. */
export interface Problem {
  /** `urn:ada-carbon:problem:unknown-site` and the like: what a program switches on. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What there is instead: sites, scopes, parameters, methods. */
  readonly known?: readonly string[] | undefined;
}

/** Checks a {@link Problem}. */
export const problemSchema: z.ZodType<Problem> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  known: z.array(z.string()).optional(),
});

interface ProblemDetails {
  readonly name: string;
  readonly status: number;
  readonly title: string;
  readonly known?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A failure that knows how it is answered. */
export class ProblemError extends AdaCarbonError {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, details: ProblemDetails, detail: string, cause?: unknown) {
    super(code, detail, { cause });
    const { name, status, title, known, headers = {} } = details;
    const type = `urn:ada-carbon:problem:${name}`;
    this.problem = { type, title, status, detail, ...given({ known }) };
    this.headers = headers;
  }
}

export function badInput(detail: string, known?: readonly string[]): ProblemError {
  return new ProblemError("bad-input", { name: "bad-input", status: 400, title: "Bad input", known }, detail);
}

export function notFound(name: string, detail: string, known?: readonly string[]): ProblemError {
  return new ProblemError("not-found", { name, status: 404, title: "Not found", known }, detail);
}

/** A route whose port the host application did not give. */
export function notOffered(what: string): ProblemError {
  return notFound("not-offered", `this service has no ${what}`);
}

/** Something cannot be answered, because it is not stored. */
export function notStored(what: string, reason: string): ProblemError {
  return notFound("not-stored", `${what} cannot be told: ${reason}`);
}

export function methodNotAllowed(method: string): ProblemError {
  const known = ["GET", "HEAD", "OPTIONS"];
  const headers = { allow: known.join(", ") };
  const details = { name: "method-not-allowed", status: 405, title: "Method not allowed", headers, known };
  return new ProblemError("refused", details, `${method} is not offered; everything here is read`);
}

export function uriTooLong(length: number, most: number): ProblemError {
  const details = { name: "uri-too-long", status: 414, title: "URI too long" };
  return new ProblemError("bad-input", details, `a URL of ${length} characters; the most is ${most}`);
}

export function unauthenticated(): ProblemError {
  const details = { name: "unauthenticated", status: 401, title: "Who are you?" };
  return new ProblemError("unauthorised", details, "this service needs to know who asks; sign in");
}

export function forbidden(what: string): ProblemError {
  const details = { name: "forbidden", status: 403, title: "Not yours to see" };
  return new ProblemError("unauthorised", details, `you may not see ${what}`);
}

const LATER = { "retry-after": "30" };

export function tooManyOfOneClient(limit: number): ProblemError {
  return new ProblemError(
    "refused",
    { name: "too-many-viewers-of-one", status: 429, title: "Too many viewers of yours", headers: LATER },
    `${limit} live connections of yours are open, which is all one client may have; close some, or try later`,
  );
}

export function tooManyViewers(limit: number): ProblemError {
  const details = { name: "too-many-viewers", status: 503, title: "Too many viewers", headers: LATER };
  return new ProblemError("refused", details, `${limit} live connections are open; try later`);
}

/** A problem as it is sent. */
export function problemReply({ problem, headers }: Pick<ProblemError, "problem" | "headers">): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

const UPSTREAM: Partial<Record<ErrorCode, number>> = {
  unreachable: 502,
  timeout: 504,
  unauthorised: 502,
  "not-found": 502,
  refused: 502,
  "server-error": 502,
  "bad-reply": 502,
  "too-large": 502,
  "store-corrupt": 500,
  "store-unprepared": 503,
  "store-newer": 503,
  "store-closed": 503,
  "store-locked": 503,
  "store-unavailable": 503,
};

/**
 * Any failure as an answer. What went wrong inside is not told: a message may name files, hosts and tables.
 * The caller reports it to the host application.
 */
export function problemOf(error: unknown): {
  problem: Problem;
  headers: Record<string, string>;
  inside: boolean;
} {
  if (error instanceof ProblemError)
    return { problem: error.problem, headers: { ...error.headers }, inside: false };
  if (isAdaCarbonError(error, "bad-input"))
    return { problem: badInput(error.message).problem, headers: {}, inside: false };
  const status = isAdaCarbonError(error) ? (UPSTREAM[error.code] ?? 500) : 500;
  const name = isAdaCarbonError(error) ? error.code : "internal";
  const problem = {
    type: `urn:ada-carbon:problem:${name}`,
    title: status === 500 ? "Something is wrong here" : "Something this service needs does not answer",
    status,
    detail: "the operators of this service have been told; try again later",
  };
  return { problem, headers: {}, inside: true };
}
