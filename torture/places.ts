import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { mongoAvailability, startMongo } from "../test/servers/mongodb.ts";
import { startPostgres } from "../test/servers/postgres.ts";

/** Somewhere stores can be, many of them beside each other. */
export interface Shelf {
  /** What `--store` takes for the stores of that name, which need not be there. */
  storeOf(name: string): string;
  /** Makes stores of a new name with what is in those of another. Nobody uses either. */
  copy(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export const SHELVES: Readonly<Record<string, (root: string) => Promise<Shelf>>> = {
  folder: async (root) => onDisk(root, (path) => path),
  sqlite: async (root) => onDisk(root, (path) => `sqlite:${join(path, "carbon.db")}`),
  postgres: inPostgres,
  mongodb: inMongo,
};

/** Those that this machine has; says loudly which are left out. */
export function shelvesHere(): string[] {
  const { available, why } = mongoAvailability();
  if (!available) console.warn(`\n*** LEFT OUT: mongodb. ${why}. ***\n`);
  return Object.keys(SHELVES).filter((kind) => kind !== "mongodb" || available);
}

function onDisk(root: string, storeOf: (path: string) => string): Shelf {
  const pathOf = (name: string): string => join(root, name);
  return {
    storeOf: (name) => storeOf(pathOf(name)),
    async copy(from, to) {
      await mkdir(pathOf(from), { recursive: true });
      await cp(pathOf(from), pathOf(to), { recursive: true });
    },
    remove: (name) => rm(pathOf(name), { recursive: true, force: true }),
    close: () => rm(root, { recursive: true, force: true }),
  };
}

async function inPostgres(): Promise<Shelf> {
  const server = await startPostgres();
  const storeOf = (name: string): string => {
    const url = new URL(server.url);
    url.pathname = `/torture_${name}`;
    return url.href;
  };
  await server.sql(`CREATE DATABASE torture_nothing`);
  return {
    storeOf,
    copy: async (from, to) =>
      void (await server.sql(`CREATE DATABASE torture_${to} TEMPLATE torture_${from}`)),
    remove: async (name) => void (await server.sql(`DROP DATABASE IF EXISTS torture_${name} WITH (FORCE)`)),
    async close() {
      await server.sql(`DROP DATABASE IF EXISTS torture_nothing WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function inMongo(): Promise<Shelf> {
  const server = await startMongo();
  const client = await new MongoClient(server.url).connect();
  return {
    storeOf: (name) => `${server.url}/torture_${name}`,
    async copy(from, to) {
      for (const collection of await client.db(`torture_${from}`).collections()) {
        const documents = await collection.find().toArray();
        const copies = client.db(`torture_${to}`).collection(collection.collectionName);
        if (documents.length > 0) await copies.insertMany(documents);
      }
    },
    remove: async (name) => void (await client.db(`torture_${name}`).dropDatabase()),
    async close() {
      await client.close();
      await server.stop();
    },
  };
}
