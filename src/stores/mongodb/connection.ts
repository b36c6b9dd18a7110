import { AdaCarbonError } from "../../usage/errors.js";
import { COLLECTION_OPTIONS, type MongoCollection, type MongoDb } from "./driver.js";
import { attempt } from "./failure.js";
import type { MongodbServer, Settings } from "./options.js";
import { assertNotNewer } from "./schema.js";

/** How long the driver looks for a server, in ms, unless the URL says so. Its own default is 30 s. */
const SELECTION_MS = 10_000;
/** The server's code for a command outside the stable API, where only that is allowed. */
const NOT_IN_STABLE_API = 323;

/** The database, ready for use. */
export interface Opened {
  readonly db: MongoDb;
  readonly server: MongodbServer;
  readonly days: MongoCollection;
  readonly averages: MongoCollection;
  readonly sessions: MongoCollection;
  /** Version of the collections, and the lock. */
  readonly own: MongoCollection;
}

interface Client {
  db(name: string): MongoDb;
  close(): Promise<void>;
}

/** One connection for several stores: opened by the first call, closed by the last store. */
export class Connection {
  readonly settings: Settings;
  #opening: Promise<Opened> | undefined;
  #client: Promise<Client> | undefined;
  #stores = 0;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Counts one more store that will call {@link Connection.leave}. */
  join(): void {
    this.#stores++;
  }

  /** Closes the client, if it is ours, when the last store has left. */
  async leave(): Promise<void> {
    if (--this.#stores > 0) return;
    const client = this.#client;
    this.#client = undefined;
    this.#opening = undefined;
    if (client === undefined) return;
    // A client that could not be made has been reported by the call that wanted it.
    const made = await client.catch(() => undefined);
    await attempt(this.settings, "close the connection", async () => made?.close());
  }

  /** Rejects with `store-newer` for collections of a newer version. A failure is not remembered. */
  open(): Promise<Opened> {
    this.#opening ??= attempt(this.settings, "connect", () => this.#open()).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    const db = await this.#db();
    const { prefix } = this.settings;
    const collection = (name: string): MongoCollection => db.collection(prefix + name, COLLECTION_OPTIONS);
    const own = collection("own");
    await assertNotNewer(own, this.settings);
    return {
      db,
      server: this.settings.server ?? (await serverOf(db)),
      days: collection("usage_days"),
      averages: collection("machine_averages"),
      sessions: collection("workspaces"),
      own,
    };
  }

  async #db(): Promise<MongoDb> {
    const { place, database } = this.settings;
    if (place.db !== undefined) return place.db;
    this.#client ??= connect(place.url, this.settings).catch((error) => {
      this.#client = undefined;
      throw error;
    });
    return (await this.#client).db(database);
  }
}

async function connect(url: string, settings: Settings): Promise<Client> {
  const { MongoClient } = await import("mongodb").catch((cause) => {
    throw new AdaCarbonError(
      "store-unavailable",
      "the package mongodb is not installed; npm install mongodb",
      {
        cause,
      },
    );
  });
  const patience = /[?&]serverSelectionTimeoutMS=/i.test(url)
    ? {}
    : { serverSelectionTimeoutMS: SELECTION_MS };
  const make = async (): Promise<Client> => new MongoClient(url, { appName: "ada-carbon", ...patience });
  return attempt(settings, "use that URL", make, "bad-input");
}

async function serverOf(db: MongoDb): Promise<MongodbServer> {
  try {
    return "ferretdbVersion" in (await db.command({ buildInfo: 1 })) ? "ferretdb-1" : "mongodb";
  } catch (error) {
    // Only MongoDB itself can be told to refuse what is not in its stable API.
    if (error instanceof Error && "code" in error && error.code === NOT_IN_STABLE_API) return "mongodb";
    throw error;
  }
}
