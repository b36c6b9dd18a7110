import { percentDecoded } from "../../transport/endpoint.js";
import { badInput } from "../../usage/errors.js";
import { AMOUNT, assertOptions, optional, POSITIVE, port, type Rules, TEXT } from "../../usage/options.js";
import type { MongoDb } from "./driver.js";

/** Where the database is: a `Db` of the host's own, which is never closed here, or a URL. */
export type MongodbPlace =
  | { readonly db: MongoDb; readonly url?: undefined; readonly database?: undefined }
  | {
      /** `mongodb://user:password@host:port/database`. `mongodb` must be installed; its client ends on close. */
      readonly url: string;
      /** Default: the one the URL names, else `ada_carbon`. */
      readonly database?: string | undefined;
      readonly db?: undefined;
    };

/** Where the database is, and how it is used. */
export type MongodbOptions = MongodbPlace & {
  /** What the names of our collections begin with. Default `ada_carbon_`. */
  readonly prefix?: string | undefined;
  /** How long a writer waits for a lock before it is refused with `store-locked`, in ms. Default one minute. */
  readonly lockWaitMs?: number | undefined;
  /** How long after its last sign of life a run that holds the lock counts as dead, in ms. Default 15 s. */
  readonly staleMs?: number | undefined;
};

const MONGODB_OPTIONS: Rules<MongodbOptions> = {
  db: optional(port("Db of mongodb", ["collection", "command"])),
  url: optional(TEXT),
  database: optional(TEXT),
  prefix: optional(TEXT),
  lockWaitMs: optional(AMOUNT),
  staleMs: optional(POSITIVE),
};

/** The options with the defaults, and with words for the place that contain no credentials. */
export interface Settings {
  readonly place: MongodbPlace;
  readonly database: string;
  /** Names the database in messages. */
  readonly where: string;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
  readonly prefix: string;
  readonly lockWaitMs: number;
  readonly staleMs: number;
}

const PARTS = /^mongodb(?:\+srv)?:\/\/(?:([^@/]*)@)?([^/?@]+)(?:\/([^?]*))?(?:\?.*)?$/s;

/** @throws {AdaCarbonError} `bad-input` for a URL that is none of MongoDB's. It is not in the message. */
export function settingsOf(options: MongodbOptions): Settings {
  assertOptions("mongodbStores", options, MONGODB_OPTIONS);
  const { prefix = "ada_carbon_", lockWaitMs = 60_000, staleMs = 15_000 } = options;
  const common = { prefix, lockWaitMs, staleMs };
  if (options.db !== undefined) {
    const { db } = options;
    const where = `MongoDB database ${JSON.stringify(db.databaseName)}`;
    return { place: { db }, database: db.databaseName, where, secrets: [], ...common };
  }
  const [whole, credentials = "", hosts, named] = PARTS.exec(options.url ?? "") ?? [];
  if (whole === undefined) {
    throw badInput(
      "that is not the URL of a MongoDB server; write it like mongodb://user:password@host:27017/database, with special characters in user and password percent-encoded",
    );
  }
  const database =
    options.database ?? (named === undefined || named === "" ? "ada_carbon" : percentDecoded(named));
  const where = `MongoDB database ${JSON.stringify(database)} at ${hosts}`;
  const place = { url: options.url, database };
  return { place, database, where, secrets: secretsIn(credentials), ...common };
}

/** User, password and both together, as they are in the URL and as they are meant. */
function secretsIn(credentials: string): string[] {
  const parts = [credentials, ...credentials.split(":")];
  return [...new Set([...parts, ...parts.map(percentDecoded)])].filter((text) => text.length > 2);
}
