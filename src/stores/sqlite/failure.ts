import { AdaCarbonError, isAdaCarbonError, messageOf } from "../../usage/errors.js";

/** Primary result codes of SQLite, as `node:sqlite` gives them in `errcode`. */
const UNKNOWN = 1;
const BUSY = 5;
const LOCKED = 6;
const PERMISSION = 3;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const TOO_BIG = 18;
const NOT_A_DATABASE = 26;

const UNAVAILABLE: Readonly<Record<number, string>> = {
  [PERMISSION]: "permission denied; give this user access to the file and its folder",
  [READ_ONLY]: "it is read-only; give this user access to the file and its folder, or choose another place",
  [IO_ERROR]: "the disk failed; see to the disk, then run this again",
  [FULL]: "the disk is full; free some space",
  [CANNOT_OPEN]: "it cannot be opened; check that its folder exists and that this user may write there",
  [TOO_BIG]: "a text or number is too large for SQLite",
};

/** What SQLite itself calls these failures: all that Deno passes on of those of `exec` and of opening. */
const SAID: readonly (readonly [string, number])[] = [
  ["database is locked", BUSY],
  ["attempt to write a readonly database", READ_ONLY],
  ["disk I/O error", IO_ERROR],
  ["database disk image is malformed", CORRUPT],
  ["database or disk is full", FULL],
  ["unable to open database file", CANNOT_OPEN],
  ["file is not a database", NOT_A_DATABASE],
];

/** The primary result code of an error of SQLite, or `undefined` for any other error. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SQLITE_ERROR") return undefined;
  // The upper bits of an extended code say more about the same failure.
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  return SAID.find(([text]) => error.message.startsWith(text))?.[1] ?? UNKNOWN;
}

/** Whether another connection is in the way, so that trying again can help. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** Whether SQLite may not write, to the file or beside it. */
export function isForbidden(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === READ_ONLY || code === CANNOT_OPEN;
}

/** An error of SQLite as one of ours, in one line; any other error as it is. */
export function translated(error: unknown, where: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined)
    return isTooLarge(error) ? corrupt(where, "a number in it is too large", error) : error;
  const said = error instanceof Error ? error.message.split("\n")[0] : "";
  if (isBusy(error)) {
    return new AdaCarbonError(
      "store-locked",
      `another program is writing to ${where} and did not finish in time; wait for it, then run this again`,
      { cause: error },
    );
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return corrupt(
      where,
      code === CORRUPT ? `the file is damaged (${said})` : "it is not a SQLite database",
      error,
    );
  }
  const reason = UNAVAILABLE[code];
  if (reason !== undefined) {
    return new AdaCarbonError("store-unavailable", `cannot use ${where}: ${reason}`, { cause: error });
  }
  // Our own tables answer our own statements: what is left is a table that somebody has changed.
  return corrupt(where, `SQLite says: ${said}`, error);
}

/** Whether it holds an integer that JavaScript cannot, which none of ours is. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && "code" in error && error.code === "ERR_OUT_OF_RANGE";
}

/** What `read` makes of rows; `store-corrupt` for those of which it makes no sense. */
export function understood<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isAdaCarbonError(cause, "store-corrupt")) throw cause;
    throw corrupt(where, messageOf(cause), cause);
  }
}

/** An error of code `store-corrupt`. */
export function corrupt(where: string, what: string, cause?: unknown): AdaCarbonError {
  return new AdaCarbonError(
    "store-corrupt",
    `${where} cannot be read: ${what}; it was left untouched: restore it from a backup, or move it away`,
    { cause },
  );
}
