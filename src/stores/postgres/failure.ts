import { AdaCarbonError, type ErrorCode, isAdaCarbonError, messageOf } from "../../usage/errors.js";
import { unprepared } from "../kit/versions.js";

/** The database, as messages may name it. */
export interface Place {
  /** Without credentials: `postgres://db.example.org/ada`. */
  readonly where: string;
  /** What follows `--store` in a command that the reader can run. */
  readonly storeFlag: string;
  /** Texts that no error may contain. */
  readonly secrets: readonly string[];
}

type Explain = (place: Place, said: string) => readonly [ErrorCode, string];

const unreachable: Explain = ({ where }, said) => [
  "unreachable",
  `cannot reach ${where}: ${said}; see that the server runs and that the address is right`,
];
const refused: Explain = ({ where }, said) => [
  "unauthorised",
  `${where} lets nobody in with these credentials: ${said}; give the right user and password`,
];
const withoutTables: Explain = ({ where, storeFlag }) => [
  "store-unprepared",
  unprepared(0, where, storeFlag).message,
];
const cannotHold: Explain = ({ where }, said) => ["bad-input", `${where} cannot hold a value: ${said}`];
/** Names are looked up in indexes, and nothing else here is as long as they may be. */
const nameTooLong: Explain = ({ where }, said) => [
  "bad-input",
  `${where} cannot hold a name of more than about 2,700 bytes (${said}); shorten the label of the hosts, or leave them out`,
];
const broken =
  (why: string): Explain =>
  ({ where }, said) => ["store-unavailable", `cannot use ${where}: ${said}; ${why}`];

/** By SQLSTATE, the longest prefix first. */
const BY_STATE: Readonly<Record<string, Explain>> = {
  "42P01": withoutTables,
  "3F000": withoutTables,
  "42703": broken("a table there is not as ada-carbon makes it; choose another schema"),
  "42501": broken("grant this user access, or give it a schema of its own"),
  "28": refused,
  "3D000": broken("create the database, or correct the URL"),
  "53100": broken("its disk is full; free some space"),
  "53300": broken("it has too many connections; close some, or raise max_connections"),
  "25006": broken("it is read-only; use the primary server"),
  "55P03": ({ where }) => [
    "store-locked",
    `others are using ${where}; wait until they are done, then run this again`,
  ],
  "57014": ({ where }, said) => ["timeout", `${where} gave up: ${said}; raise its statement_timeout`],
  "57P": unreachable,
  "08": unreachable,
  "22P05": cannotHold,
  "22007": cannotHold,
  "22008": cannotHold,
  "54000": nameTooLong,
  "40": broken("other writers were always first; run it again"),
};

/** Errors of the driver itself have no SQLSTATE; all but these are about the connection. */
const BY_TEXT: readonly (readonly [RegExp, Explain])[] = [
  [/^SASL|password/i, refused],
  [/pool after calling end/, ({ where }) => ["store-closed", `the pool of ${where} has been ended`]],
  [/^URI malformed|^Invalid URL/, ({ where }) => ["bad-input", `the URL of ${where} cannot be read`]],
];

/**
 * What a driver's error means, in one line. Its cause says what the driver said, but is not the driver's own
 * object: that one may carry the URL with the password.
 */
export function toFailure(error: unknown, place: Place): AdaCarbonError {
  if (isAdaCarbonError(error)) return error;
  const state = codeOf(error);
  const said = scrubbed(oneLine(error, state), place.secrets);
  const cause = Object.assign(new Error(said), state === undefined ? {} : { code: state });
  const [code, message] = explanation(said, state)(place, said);
  return new AdaCarbonError(code, message, { cause });
}

/** A deadlock, a serialization failure, and a name that somebody deleted or added between two statements. */
const PASSING: readonly string[] = ["40P01", "40001", "23502", "23503", "23505"];

/** Whether the same transaction may well succeed if it is begun again. */
export function mayRetry(error: unknown): boolean {
  return isAdaCarbonError(error) && PASSING.includes(codeOf(error.cause) ?? "");
}

function explanation(said: string, state: string | undefined): Explain {
  // A SQLSTATE is five characters with a digit among them; Node's own codes are words.
  if (state !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(state)) {
    for (let length = 5; length >= 2; length--) {
      const explain = BY_STATE[state.slice(0, length)];
      if (explain !== undefined) return explain;
    }
    return broken("see the server's log");
  }
  return BY_TEXT.find(([pattern]) => pattern.test(said))?.[1] ?? unreachable;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function oneLine(error: unknown, state: string | undefined): string {
  const text = messageOf(error);
  const [first = ""] = text.split(/[\r\n]/);
  return first === "" ? (state ?? "no reason given") : first;
}

function scrubbed(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
