import type pg from "pg";
import type { PgPool, PgQuery } from "../../src/stores/postgres/index.js";

/** A pool whose statements are all seen first; what `before` throws, the statement rejects with. */
export function watchedPool(pool: pg.Pool, before: (query: PgQuery) => Promise<void> | void): PgPool {
  return {
    async connect() {
      const client = await pool.connect();
      return {
        on: (event, listener) => client.on(event, listener),
        removeListener: (event, listener) => client.removeListener(event, listener),
        release: (destroy) => client.release(destroy),
        async query(query) {
          await before(query);
          return client.query(query);
        },
      };
    },
  };
}
