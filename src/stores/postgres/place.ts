import { badInput } from "../../usage/errors.js";
import { howToInstall, oldPeer } from "../kit/peers.js";
import { type Place, toFailure } from "./failure.js";
import type { PgPool, PostgresPlace } from "./options.js";

/** How many connections a pool of ours has: a lock, a write and some reads. */
const CONNECTIONS = 5;
/** How long getting a connection may take. */
const CONNECT_MS = 30_000;

/** Connections to the database, and what messages call it. */
export interface Connections {
  readonly place: Place;
  pool(): Promise<PgPool>;
  /** Ends the connections if they are ours. */
  end(): Promise<void>;
}

/** @throws {AdaCarbonError} `bad-input` for a URL that is none of PostgreSQL's. */
export function connectionsTo({ pool, url }: PostgresPlace): Connections {
  if (pool !== undefined) {
    const place = { where: "the PostgreSQL database", storeFlag: "postgres://...", secrets: [] };
    return {
      place,
      async pool() {
        if ("Client" in pool) refusePg7(pool.Client);
        return pool;
      },
      end: async () => undefined,
    };
  }
  const place = describe(url);
  let ours: Promise<OurPool> | undefined;
  return {
    place,
    pool() {
      ours ??= openPool(url, place);
      return ours;
    },
    async end() {
      const pool = await ours;
      await pool?.end();
    },
  };
}

interface OurPool extends PgPool {
  end(): Promise<void>;
}

async function openPool(url: string, place: Place): Promise<OurPool> {
  // Only whoever gives a URL needs the driver.
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw badInput(`cannot load pg, the PostgreSQL driver; ${howToInstall("pg")}`, cause);
  });
  refusePg7(pg.Client);
  try {
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: "ada-carbon",
    });
    // A connection that breaks while nobody uses it is replaced by the next call, which then reports what
    // is wrong; without a listener it would end the process.
    pool.on("error", () => undefined);
    return pool;
  } catch (error) {
    throw toFailure(error, place);
  }
}

/**
 * Version 7 of `pg` never finishes connecting on a Node of today. It names no version, but only its connections read
 * messages by themselves.
 */
function refusePg7(Client: unknown): void {
  if (typeof Client !== "function") return;
  const { connection } = Reflect.construct(Client, []) as { connection?: object };
  if (connection !== undefined && "parseMessage" in connection) throw oldPeer("pg", "7", 8);
}

/** What messages say about a URL: where it leads, never how to get in. */
function describe(text: string): Place {
  const refuse = (): never => {
    throw badInput(
      "the PostgreSQL URL cannot be read; write it like postgres://user:password@host:5432/database",
    );
  };
  if (!URL.canParse(text)) return refuse();
  const url = new URL(text);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return refuse();
  const host = url.host || (url.searchParams.get("host") ?? "localhost");
  const where = `postgres://${host}${url.pathname}`;
  const passwords = [url.password, ...["password", "sslpassword"].map((name) => url.searchParams.get(name))];
  const secrets = passwords.flatMap((password) => {
    if (password === null || password === "") return [];
    const plain = decoded(password);
    return plain === undefined ? refuse() : [password, plain];
  });
  return { where, storeFlag: where, secrets };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that starts no character.
    return undefined;
  }
}
