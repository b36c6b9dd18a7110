import { AMOUNT, optional, port, type Rules, TEXT } from "../../usage/options.js";
// The part of `pg` (node-postgres) that the stores use, declared here so that its types are not needed.

/** One statement. Values come back as PostgreSQL's own text, whatever parsers the process has set. */
export interface PgQuery {
  readonly text: string;
  values: unknown[];
  readonly rowMode: "array";
  readonly types: {
    /** What makes a value of a type of PostgreSQL out of its text. */
    getTypeParser(oid: number, format?: string): (value: string) => unknown;
  };
}

/** What one statement gave. */
export interface PgResult {
  readonly rows: readonly (readonly unknown[])[];
}

/** A connection lent by a {@link PgPool}. */
export interface PgClient {
  /** Runs one statement. */
  query(query: PgQuery): Promise<PgResult>;
  /** Gives the connection back, or ends it if `destroy`. */
  release(destroy?: boolean): void;
  /** Tells of a connection that breaks while it is lent. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Undoes `on`. */
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * A pool of connections: a `Pool` of `pg`, or anything that behaves as one. A store needs one connection for
 * each call under way, and a locked store keeps one more: give it at least two. A pooler in between must keep
 * a session on one server connection (PgBouncer: `pool_mode = session`) for `lock` to hold.
 */
export interface PgPool {
  /** Lends a connection. */
  connect(): Promise<PgClient>;
}

/** Where the database is: a pool of the host's own, which is never ended here, or a URL. */
export type PostgresPlace =
  | { readonly pool: PgPool; readonly url?: undefined }
  /** `postgres://user:password@host:port/database`. `pg` must be installed; the connections end on close. */
  | { readonly url: string; readonly pool?: undefined };

/** Where the database is, and how it is used. */
export type PostgresOptions = PostgresPlace & {
  /**
   * The schema that holds the tables, any name. Default: the first of the connection's `search_path`, which
   * is mostly `public`.
   */
  readonly schema?: string | undefined;
  /**
   * How long a writer waits for another one before it is refused with `store-locked`, in milliseconds.
   * Default one minute.
   */
  readonly lockWaitMs?: number | undefined;
};

/** What PostgreSQL says a value is, in text; `null` is NULL. */
export type Row = readonly (string | null)[];

export const POSTGRES_OPTIONS: Rules<PostgresOptions> = {
  pool: optional(port("pool of pg", ["connect"])),
  url: optional(TEXT),
  schema: optional(TEXT),
  lockWaitMs: optional(AMOUNT),
};
