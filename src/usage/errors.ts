/** Why something failed, as a literal that a program can switch on. */
export type ErrorCode =
  /** An argument, flag or document that the caller must correct. */
  | "bad-input"
  /** No connection: refused, reset, unknown host, TLS. */
  | "unreachable"
  /** No answer within the deadline of an attempt, or of all attempts together. */
  | "timeout"
  /** 401 or 403: missing or wrong credentials. */
  | "unauthorised"
  /** 404, or a redirect to another server: the URL is not that of the service meant. */
  | "not-found"
  /** The service refused the request as it stands (400 and the like), or we its answer: less at once does not help. */
  | "refused"
  /** The service failed (5xx, 429), also after retries. */
  | "server-error"
  /** An answer that is not what the service's interface promises: HTML, truncated, another shape. */
  | "bad-reply"
  /** An answer larger than the caller allows, or a question that the service can only answer in parts (422, 413). */
  | "too-large"
  /** The data asked for does not exist at the source. */
  | "no-data"
  /** Stored data that cannot be read as what it should be. It is left untouched. */
  | "store-corrupt"
  /** A database without our tables; the message names the command that makes them. */
  | "store-unprepared"
  /** Stored by a newer version of ada-carbon than this one. It is left untouched. */
  | "store-newer"
  /** A call to a store that has been closed. */
  | "store-closed"
  /** Another run is writing to the same store. */
  | "store-locked"
  /** The store cannot be read or written: permissions, full disk, not a folder. */
  | "store-unavailable";

/** The property that marks our errors, also across two copies of the package. */
const BRAND = "isAdaCarbonError";

/**
 * Every error this library raises on purpose. `message` is one line: what, where, what to do.
 * `cause` is the error underneath, where there is one. Credentials are never in either.
 *
 * An aborted call is not among them: it rejects with the signal's own reason.
 */
export class AdaCarbonError extends Error {
  readonly code: ErrorCode;
  readonly isAdaCarbonError: true = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    // What a server says is quoted in messages, and may hold anything.
    super(message.replace(/\p{Cc}+/gu, " "), options);
    this.name = "AdaCarbonError";
    this.code = code;
  }
}

/**
 * Whether `error` is one of ours, and of that code if one is given. Unlike `instanceof` it also holds
 * when two copies of the package are loaded.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { isAdaCarbonError, parseHour } from "ada-carbon";
 *
 * try {
 *   parseHour("2025-09-10T00:30:00Z");
 * } catch (error) {
 *   if (!isAdaCarbonError(error, "bad-input")) throw error;
 *   assert.match(error.message, /nearest hours/);
 * }
 */
export function isAdaCarbonError(error: unknown, code?: ErrorCode): error is AdaCarbonError {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as AdaCarbonError).code === code;
}

/** What was thrown, in words: not everything that is thrown is an `Error`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** An argument, flag or document that the caller must correct. */
export function badInput(message: string, cause?: unknown): AdaCarbonError {
  return new AdaCarbonError("bad-input", message, cause === undefined ? undefined : { cause });
}
