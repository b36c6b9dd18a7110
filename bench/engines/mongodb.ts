import { COLUMNS, DAY_MS, formatScope, HOUR_MS, type UsageSeries } from "ada-carbon";
import { mongodbStores } from "ada-carbon/mongodb";
import { type Collection, MongoClient } from "mongodb";
import { mongoAvailability, type RealMongo, startMongo } from "../../test/servers/mongodb.ts";
import { type Contestant, type Engine, storeContestant } from "../contestant.ts";

const DATABASE = `ada_carbon_bench_${process.pid}`;

export const engine: Engine = {
  // mongo-java-server takes milliseconds to write a day of a scope, and to read one.
  loads: 1,
  readBackOneIn: 8,

  async unavailable() {
    const { available, why } = mongoAvailability();
    return available ? undefined : why;
  },

  async ours() {
    const server = await startMongo();
    const client = await MongoClient.connect(server.url);
    const it = storeContestant(`ada-carbon/mongodb on ${server.kind}`, async () => {
      const stores = mongodbStores({ url: `${server.url}/${DATABASE}` });
      await stores.migrate();
      const end = async (): Promise<void> => {
        await stores.close();
        await client.db(DATABASE).dropDatabase();
      };
      return { store: stores.usage, end };
    });
    const dismiss = async (): Promise<void> => {
      await client.close();
      await server.stop();
    };
    return { ...it, store: () => it.store(), dismiss };
  },

  async bare() {
    const server = await startMongo();
    return new Bare(server, await MongoClient.connect(server.url));
  },
};

interface Day {
  readonly _id: string;
  readonly scope: { readonly kind: string; readonly name: string };
  readonly day: Date;
  readonly hours: Record<string, Record<string, number | string>>;
}

/** insertMany of a document a scope and day, an hour of which is the eight numbers and the status. */
class Bare implements Contestant {
  readonly what: string;
  readonly #server: RealMongo;
  readonly #client: MongoClient;
  readonly #days: Collection<Day>;

  constructor(server: RealMongo, client: MongoClient) {
    this.what = `insertMany, ${server.kind}`;
    this.#server = server;
    this.#client = client;
    this.#days = client.db(DATABASE).collection<Day>("days");
  }

  async begin(): Promise<void> {
    await this.#days.deleteMany({});
  }

  async load(batch: readonly UsageSeries[]): Promise<void> {
    await this.#days.insertMany(batch.flatMap(daysOf), { ordered: false });
  }

  async finish(): Promise<void> {}

  async append(batch: readonly UsageSeries[]): Promise<void> {
    await this.#days.bulkWrite(
      batch.flatMap(daysOf).map(({ _id, scope, day, hours }) => ({
        updateOne: {
          filter: { _id },
          update: {
            $set: Object.fromEntries(Object.entries(hours).map(([hour, row]) => [`hours.${hour}`, row])),
            $setOnInsert: { scope, day },
          },
          upsert: true,
        },
      })),
      { ordered: false },
    );
  }

  async end(): Promise<void> {
    await this.#client.db(DATABASE).dropDatabase();
  }

  async dismiss(): Promise<void> {
    await this.#client.close();
    await this.#server.stop();
  }
}

function daysOf(series: UsageSeries): Day[] {
  const days: Day[] = [];
  for (const [i, hour] of series.hours.entries()) {
    const day = Math.floor(hour / DAY_MS) * DAY_MS;
    const _id = `${formatScope(series.scope)} ${day}`;
    if (days.at(-1)?._id !== _id)
      days.push({ _id, scope: { ...series.scope }, day: new Date(day), hours: {} });
    const row: Record<string, number | string> = { status: series.status[i] ?? "" };
    for (const column of COLUMNS) row[column] = series[column][i] ?? Number.NaN;
    const hours = days.at(-1)?.hours;
    if (hours !== undefined) hours[`${(hour - day) / HOUR_MS}`.padStart(2, "0")] = row;
  }
  return days;
}
