import * as z from "zod";
import { AdaCarbonError } from "../../usage/errors.js";
import { howToInstall, oldPeer } from "../kit/peers.js";
import type { MongoDb, MongoDocument } from "./driver.js";
import { attempt } from "./failure.js";
import { assertNewest } from "./migrate.js";
import type { Settings } from "./options.js";
import { type Collections, collectionsIn } from "./schema.js";

/** How long the driver looks for a server, in ms, unless the URL says so. Its own default is 30 s. */
const SELECTION_MS = 10_000;
/** The server's code for a command outside the stable API, where only that is allowed. */
const NOT_IN_STABLE_API = 323;

interface Client {
  db(name: string): MongoDb;
  close(): Promise<void>;
}

/** One connection for several stores: opened by the first call, closed by the last store. */
export class Connection {
  readonly settings: Settings;
  #opening: Promise<Collections> | undefined;
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

  /** The collections, if what is in them is of this library's version. A failure is not remembered. */
  open(): Promise<Collections> {
    this.#opening ??= attempt(this.settings, "connect", async () => {
      const collections = await this.openAny();
      await assertNewest(collections, this.settings.where);
      return collections;
    }).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** The collections, whatever is in them. */
  async openAny(): Promise<Collections> {
    const { place, where, prefix } = this.settings;
    const db = place.db ?? (await this.#connect(place.url));
    refuseOldDriver(db);
    await refuseFerretdb1(db, where);
    return collectionsIn(db, prefix);
  }

  async #connect(url: string): Promise<MongoDb> {
    this.#client ??= connect(url, this.settings).catch((error) => {
      this.#client = undefined;
      throw error;
    });
    return (await this.#client).db(this.settings.database);
  }
}

async function connect(url: string, settings: Settings): Promise<Client> {
  const { MongoClient } = await import("mongodb").catch((cause) => {
    throw new AdaCarbonError(
      "store-unavailable",
      `cannot load mongodb, the MongoDB driver; ${howToInstall("mongodb")}`,
      { cause },
    );
  });
  const patience = /[?&]serverSelectionTimeoutMS=/i.test(url)
    ? {}
    : { serverSelectionTimeoutMS: SELECTION_MS };
  const make = async (): Promise<Client> => new MongoClient(url, { appName: "ada-carbon", ...patience });
  return attempt(settings, "use that URL", make, "bad-input");
}

/** Where drivers before 7 have their version; from 7 on, which is new enough, it is a promise. */
const DRIVER = z.object({ driver: z.object({ version: z.string() }) });
const OF_A_DRIVER = z.object({ client: z.object({ options: z.object({ metadata: DRIVER }) }) });

function refuseOldDriver(db: MongoDb): void {
  const { data } = OF_A_DRIVER.safeParse(db);
  const version = data?.client.options.metadata.driver.version;
  if (version !== undefined && Number.parseInt(version, 10) < 6) throw oldPeer("mongodb", version, 6);
}

/** FerretDB 1 reads a document and writes it back in two steps: of two writers at once, one would lose rows. */
async function refuseFerretdb1(db: MongoDb, where: string): Promise<void> {
  const build = await db.command({ buildInfo: 1 }).catch((error: unknown): MongoDocument => {
    // Only MongoDB itself can be told to refuse what is not in its stable API.
    if (error instanceof Error && "code" in error && error.code === NOT_IN_STABLE_API) return {};
    throw error;
  });
  if (!("ferretdbVersion" in build)) return;
  throw new AdaCarbonError(
    "store-unavailable",
    `${where} is on FerretDB 1, where two writers at once lose rows; use MongoDB 4.2 or newer`,
  );
}
