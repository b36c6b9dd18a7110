import { COLUMNS, formatScope, type UsageSeries } from "ada-carbon";
import { postgresStores } from "ada-carbon/postgres";
import pg from "pg";
import { type RealPostgres, startPostgres } from "../../test/servers/postgres.ts";
import { type Contestant, type Engine, storeContestant } from "../contestant.ts";
import { CopyIn } from "./copy-in.ts";

const MEASURES = "double precision";

export const engine: Engine = {
  async ours() {
    const server = await startPostgres();
    let loads = 0;
    const it = storeContestant("ada-carbon/postgres", async () => {
      const schema = `bench_${++loads}`;
      const stores = postgresStores({ url: server.url, schema });
      await stores.migrate();
      const end = async (): Promise<void> => {
        await stores.close();
        await server.sql(`DROP SCHEMA ${schema} CASCADE`);
      };
      return { store: stores.usage, end };
    });
    return { ...it, store: () => it.store(), dismiss: () => server.stop() };
  },

  bare: async () => new Bare(await startPostgres()),
};

/** COPY FROM STDIN into a table of the document's shape: one key, one index by time. One transaction. */
class Bare implements Contestant {
  readonly what: string = "COPY FROM STDIN, one transaction";
  readonly #server: RealPostgres;
  readonly #client: pg.Client;
  readonly #scopes: Map<string, number> = new Map();
  #connected = false;

  constructor(server: RealPostgres) {
    this.#server = server;
    this.#client = new pg.Client({ connectionString: server.url });
  }

  async begin(): Promise<void> {
    if (!this.#connected) await this.#client.connect();
    this.#connected = true;
    await this.#client.query(`CREATE TABLE bare (scope_id bigint NOT NULL, timestamp_utc timestamptz NOT NULL,
      ${COLUMNS.map((column) => `${column} ${MEASURES}`).join(", ")}, status text NOT NULL,
      PRIMARY KEY (scope_id, timestamp_utc))`);
    await this.#client.query("CREATE INDEX ON bare (timestamp_utc DESC)");
    await this.#client.query("BEGIN");
  }

  async load(batch: readonly UsageSeries[]): Promise<void> {
    const copy = new CopyIn("COPY bare FROM STDIN", this.#lines(batch));
    this.#client.query(copy);
    await copy.done;
  }

  *#lines(batch: readonly UsageSeries[]): Generator<string> {
    for (const series of batch) {
      const id = this.#idOf(series);
      let lines = "";
      for (const [i, hour] of series.hours.entries()) {
        lines += `${id}\t${new Date(hour).toISOString()}`;
        for (const column of COLUMNS) lines += `\t${series[column][i]}`;
        lines += `\t${series.status[i]}\n`;
      }
      yield lines;
    }
  }

  async finish(): Promise<void> {
    await this.#client.query("COMMIT");
  }

  async append(batch: readonly UsageSeries[]): Promise<void> {
    const lists = [
      batch.map((series) => this.#idOf(series)),
      batch.map((series) => new Date(series.hours[0] ?? 0).toISOString()),
      ...COLUMNS.map((column) => batch.map((series) => series[column][0])),
      batch.map((series) => series.status[0]),
    ];
    const types = ["bigint", "timestamptz", ...COLUMNS.map(() => MEASURES), "text"];
    const set = [...COLUMNS, "status"].map((column) => `${column} = excluded.${column}`).join(", ");
    await this.#client.query(
      `INSERT INTO bare SELECT * FROM unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(", ")})
       ON CONFLICT (scope_id, timestamp_utc) DO UPDATE SET ${set}`,
      lists,
    );
  }

  #idOf({ scope }: UsageSeries): number {
    const name = formatScope(scope);
    const id = this.#scopes.get(name) ?? this.#scopes.size + 1;
    this.#scopes.set(name, id);
    return id;
  }

  async end(): Promise<void> {
    await this.#client.query("DROP TABLE bare");
  }

  async dismiss(): Promise<void> {
    await this.#client.end();
    await this.#server.stop();
  }
}
