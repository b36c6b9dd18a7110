import * as z from "zod";
import { AdaCarbonError, type ErrorCode, messageOf } from "../../usage/errors.js";
import type { MongoDocument } from "./driver.js";
import type { Settings } from "./options.js";

/** The server's code for a second document with the same `_id`. */
const DUPLICATE_KEY = 11_000;

const UNREACHABLE =
  /^Mongo(ServerSelection|Network|NetworkTimeout|TopologyClosed|NotConnected|ClientClosed|PoolClosed|PoolCleared)Error$|^PoolClearedOnNetworkError$/;
/** Not the right to: AuthenticationFailed, Unauthorized, and Atlas's own. */
const UNAUTHORISED: ReadonlySet<unknown> = new Set([13, 18, 8000]);
/** MaxTimeMSExpired, ExceededTimeLimit. */
const TIMEOUT: ReadonlySet<unknown> = new Set([50, 262]);
/** What the driver says of options that cannot be, before it connects. */
const BAD_OPTIONS: ReadonlySet<string> = new Set(["MongoParseError", "MongoInvalidArgumentError"]);
const DNS = /^(ENOTFOUND|ENODATA|ESERVFAIL|ETIMEOUT|EAI_AGAIN|ECONNREFUSED)$/;

const HINTS: Partial<Record<ErrorCode, string>> = {
  unreachable: "start it, or check the address and the network",
  unauthorised: "check user, password, authSource and the role, which must be able to read and write there",
  timeout: "try again later",
  "bad-input": "check the URL and its options",
};

/**
 * Does `work`; what the driver throws becomes one of our errors, of code `unreachable`, `unauthorised`,
 * `timeout`, `bad-input` (the URL) or `store-unavailable`. Anything else is thrown as it is.
 *
 * @param doing What was attempted, such as `read usage`.
 * @param always The code of whatever the driver throws.
 */
export async function attempt<T>(
  settings: Settings,
  doing: string,
  work: () => Promise<T>,
  always?: ErrorCode,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(settings, doing, error, always);
  }
}

function failure(settings: Settings, doing: string, error: unknown, always: ErrorCode | undefined): unknown {
  const known = error instanceof Error ? codeOf(error) : undefined;
  const code = known === undefined ? undefined : (always ?? known);
  if (code === undefined || !(error instanceof Error)) return error;
  const cause = harmless(error, settings.secrets);
  const hint = HINTS[code] ?? "see the server's log";
  return new AdaCarbonError(code, `${settings.where}: cannot ${doing} (${cause.message}); ${hint}`, {
    cause,
  });
}

function codeOf(error: Error): ErrorCode | undefined {
  const code = serverCode(error);
  if (UNREACHABLE.test(error.name) || brokeOff(error)) return "unreachable";
  if (UNAUTHORISED.has(code)) return "unauthorised";
  if (TIMEOUT.has(code) || error.name === "MongoOperationTimeoutError") return "timeout";
  if (BAD_OPTIONS.has(error.name)) return "bad-input";
  if (error.name.startsWith("Mongo") || error.name.startsWith("BSON")) return "store-unavailable";
  return typeof code === "string" && DNS.test(code) ? "unreachable" : undefined;
}

/** A bulk write whose connection broke is an error of the bulk, with the network's inside or in its words. */
function brokeOff(error: Error): boolean {
  if (error.name !== "MongoBulkWriteError") return false;
  const inside = [error.cause, Reflect.get(error, "err"), Reflect.get(error, "errorResponse")];
  return (
    inside.some((cause) => cause instanceof Error && UNREACHABLE.test(cause.name)) ||
    /\b(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)\b|connection .* closed/.test(error.message)
  );
}

/** The driver's errors carry connections, with their credentials; of those only the words are kept, in one line. */
function harmless(error: Error, secrets: readonly string[]): Error {
  const masked = secrets.reduce((text, secret) => text.replaceAll(secret, "***"), error.message);
  const line = masked
    .replace(/\/\/[^@/\s]*@/g, "//")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
  const cause = new Error(line === "" ? error.name : line);
  cause.name = error.name;
  return cause;
}

function serverCode(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** Whether the server refused a document because there is one with its `_id`. */
export function isDuplicate(error: unknown): boolean {
  return serverCode(error) === DUPLICATE_KEY;
}

/**
 * The position of the write of an ordered `bulkWrite` at which it stopped, because there is a document with that
 * `_id`; `undefined` if it failed for another reason.
 */
export function firstDuplicate(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("writeErrors" in error)) return undefined;
  // A single write error may stand alone, and not in a list.
  const [first] = [error.writeErrors].flat();
  const position = isDuplicate(first) ? Reflect.get(Object(first), "index") : undefined;
  return typeof position === "number" ? position : undefined;
}

/**
 * What `decode` makes of a document; one that it throws at is `store-corrupt`.
 *
 * @param what What it should be, for the message.
 */
export function readDocument<T>(
  document: MongoDocument,
  what: string,
  where: string,
  decode: (document: MongoDocument) => T,
): T {
  try {
    return decode(document);
  } catch (cause) {
    const fault = faultOf(cause);
    const line = `${where}: document ${String(document._id)} is not ${what} as ada-carbon stores it (${fault}); it was left untouched: mend or remove it`;
    throw new AdaCarbonError("store-corrupt", line, { cause });
  }
}

/** What is wrong, in one line: zod gives a list as JSON. */
function faultOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return messageOf(cause);
  const [issue] = cause.issues;
  return `${issue?.path.join(".")}: ${issue?.message}`;
}
