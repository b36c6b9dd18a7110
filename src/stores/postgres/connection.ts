import { badInput } from "../../usage/errors.js";
import { assertOptions } from "../../usage/options.js";
import { unlessAborted } from "../kit/unless-aborted.js";
import { mayRetry, type Place, toFailure } from "./failure.js";
import { type PgClient, type PgResult, POSTGRES_OPTIONS, type PostgresOptions, type Row } from "./options.js";
import { type Connections, connectionsTo } from "./place.js";
import { identifier } from "./text.js";

/** How often a transaction that lost against another one is begun again. */
const ATTEMPTS = 4;
const LOCK_WAIT_MS = 60_000;

/** One connection, for the time of a call. */
export interface Session {
  readonly database: Database;
  /** The name of a table in a statement. */
  table(name: string): string;
  /** Runs one statement; its rows in text. Driver errors come as errors of ours. */
  rows(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Says that nobody may use the connection after this call, because its state is not known. */
  spoil(): void;
}

/** A session that outlives a call, kept for a lock. */
export interface KeptSession extends Session {
  /** Whether the connection has broken, and with it whatever the server kept for it. */
  readonly broken: boolean;
  release(): void;
}

/** The database that the stores share. */
export class Database {
  readonly place: Place;
  readonly schema: string | undefined;
  readonly lockWaitMs: number;
  readonly #connections: Connections;
  #users = 0;

  constructor(options: PostgresOptions) {
    assertOptions("postgresStores", options, POSTGRES_OPTIONS);
    const { schema, lockWaitMs = LOCK_WAIT_MS } = options;
    if (schema === "" || schema?.includes("\0")) {
      throw badInput("the name of a schema is empty or contains NUL; give another");
    }
    this.#connections = connectionsTo(options);
    this.schema = schema;
    this.lockWaitMs = lockWaitMs;
    const { place } = this.#connections;
    this.place = schema === undefined ? place : inSchema(place, schema);
  }

  /** Counts one more store that must be closed before the connections are. */
  join(): this {
    this.#users++;
    return this;
  }

  /** Ends the connections, if they are ours, when the last store leaves. */
  async leave(): Promise<void> {
    if (--this.#users === 0) await this.#connections.end();
  }

  /** A connection of one's own until it is released. */
  async keep(signal: AbortSignal | undefined): Promise<KeptSession> {
    const client = await this.#connect(signal);
    const { place } = this;
    let broken = false;
    // A connection that breaks between two statements says so here; the next statement fails by itself.
    const onError = (): void => {
      broken = true;
    };
    client.on("error", onError);
    return {
      database: this,
      table: (name) => (this.schema === undefined ? name : `${identifier(this.schema)}.${name}`),
      get broken() {
        return broken;
      },
      async rows(text, values = []) {
        try {
          return await run(client, text, values);
        } catch (error) {
          const failure = toFailure(error, place);
          broken ||= failure.code === "unreachable";
          throw failure;
        }
      },
      spoil() {
        broken = true;
      },
      release() {
        client.removeListener("error", onError);
        client.release(broken);
      },
    };
  }

  /** Lends a connection to `work`. */
  async session<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.keep(signal);
    try {
      return await work(session);
    } finally {
      session.release();
    }
  }

  /** `work` in one transaction: all of it or nothing, tried again if it loses against another one. */
  async transaction<T>(signal: AbortSignal | undefined, work: Work<T>): Promise<T> {
    return this.session(signal, (session) => transactionOn(session, work));
  }

  /** A connection from the pool, or the signal's reason as soon as it is aborted. */
  async #connect(signal: AbortSignal | undefined): Promise<PgClient> {
    signal?.throwIfAborted();
    const pool = await this.#connections.pool();
    const connecting = pool.connect().catch((error: unknown) => {
      throw toFailure(error, this.place);
    });
    try {
      return await unlessAborted(connecting, signal);
    } catch (error) {
      // After an abort nobody waits for this connection any more, nor for why there is none.
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      throw error;
    }
  }
}

function inSchema({ where, storeFlag, secrets }: Place, schema: string): Place {
  return {
    where: `${where}, schema ${JSON.stringify(schema)}`,
    storeFlag: `${storeFlag}?schema=${encodeURIComponent(schema)}`,
    secrets,
  };
}

/** What is done in a transaction. */
export type Work<T> = (session: Session) => Promise<T>;

/** {@link Database.transaction} on a connection that is there already. */
export async function transactionOn<T>(session: Session, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      // Whatever the host's defaults are: what the locks protect is seen afresh by every statement.
      await session.rows("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
      const result = await work(session);
      await session.rows("COMMIT");
      return result;
    } catch (error) {
      await rollBack(session);
      if (attempt === ATTEMPTS || !mayRetry(error)) throw error;
    }
  }
}

/** Takes everything back. Where even that fails the connection is ended, and the server does it by itself. */
async function rollBack(session: Session): Promise<void> {
  await session.rows("ROLLBACK").catch(() => session.spoil());
}

const asText = { getTypeParser: () => (value: string) => value };

/** Runs one statement. Its rows come back as PostgreSQL's own text, whatever parsers the process has set. */
async function run(client: PgClient, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows }: PgResult = await client.query({
    text,
    values: [...values],
    rowMode: "array",
    types: asText,
  });
  return rows.map((row) => row.map((value) => (value === null ? null : String(value))));
}
