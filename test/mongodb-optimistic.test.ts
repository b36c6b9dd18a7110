import { ADA, type Scope } from "ada-carbon";
import {
  type MongoCollection,
  type MongoDb,
  type MongoDocument,
  mongodbUsageStore,
} from "ada-carbon/mongodb";
import { sampleHours, sampleSeries, usageStoreSuite } from "ada-carbon/testing";
import { describe, expect, it } from "vitest";
import { conforms } from "./conformance.js";

// What MongoDB does and FerretDB 1 does not: replacing a document in one step, only if it is as it was read.
// Where MONGODB_URL is not set, this stands for it: the few operations that the stores use, each in one step.

type Stored = Map<string, MongoDocument>;

function valueAt(document: MongoDocument, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, member) => (value as MongoDocument | undefined)?.[member], document);
}

function matches(document: MongoDocument, filter: MongoDocument): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    const value = valueAt(document, path);
    const operators = typeof wanted === "object" && wanted !== null ? wanted : { $eq: wanted };
    return Object.entries(operators).every(([operator, operand]) => {
      if (operator === "$eq") return (value ?? null) === operand;
      if (operator === "$in") return (operand as unknown[]).includes(value);
      if (value === undefined) return false;
      if (operator === "$gte") return (value as string) >= operand;
      if (operator === "$lte") return (value as string) <= operand;
      if (operator === "$lt") return (value as Date) < operand;
      throw new Error(`no operator ${operator}`);
    });
  });
}

class Duplicate extends Error {
  readonly code = 11_000;
  readonly writeErrors: { code: number; index: number }[];
  constructor(index: number) {
    super("duplicate key");
    this.writeErrors = [{ code: 11_000, index }];
  }
}

/** A pause, so that the calls of two writers take turns after every step. */
const step = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function collection(stored: Stored, betweenSteps: () => void): MongoCollection {
  const found = (filter: MongoDocument): MongoDocument[] =>
    [...stored.values()]
      .filter((document) => matches(document, filter))
      .sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1));
  const insert = (document: MongoDocument, index: number): void => {
    if (stored.has(String(document._id))) throw new Duplicate(index);
    stored.set(String(document._id), structuredClone(document));
  };
  return {
    find: (filter) => ({
      async *[Symbol.asyncIterator]() {
        await step();
        yield* structuredClone(found(filter));
        betweenSteps();
      },
      close: async () => {},
    }),
    async findOne(filter) {
      await step();
      return structuredClone(found(filter)[0] ?? null);
    },
    async distinct(member, filter) {
      return [...new Set(found(filter).map((document) => valueAt(document, member)))];
    },
    async insertOne(document) {
      await step();
      insert(document, 0);
    },
    async updateOne(filter) {
      await step();
      return { matchedCount: found(filter).length };
    },
    async deleteOne(filter) {
      await step();
      const ids = found(filter).slice(0, 1);
      for (const { _id } of ids) stored.delete(String(_id));
      return { deletedCount: ids.length };
    },
    async deleteMany(filter) {
      for (const { _id } of found(filter)) stored.delete(String(_id));
    },
    async bulkWrite(writes) {
      for (const [index, write] of writes.entries()) {
        await step();
        if ("insertOne" in write) insert(write.insertOne.document, index);
        else if ("replaceOne" in write) {
          const { filter, replacement } = write.replaceOne;
          if (found(filter).length === 0) insert(replacement, index);
          else stored.set(String(replacement._id), structuredClone(replacement));
        } else throw new Error("not used for usage on MongoDB");
      }
    },
    createIndexes: async () => {},
  };
}

function database(betweenSteps: () => void = () => {}): { db: MongoDb; days: Stored } {
  const collections = new Map<string, Stored>();
  const stored = (name: string): Stored => {
    const there = collections.get(name) ?? new Map<string, MongoDocument>();
    collections.set(name, there);
    return there;
  };
  const db: MongoDb = {
    databaseName: "imagined",
    collection: (name) => collection(stored(name), betweenSteps),
    command: async () => ({ localTime: new Date() }),
  };
  return { db, days: stored("ada_carbon_usage_days") };
}

const ALL = { from: 0, to: Date.UTC(2030, 0, 1) };
const project: Scope = { kind: "project", name: "IDAaaS" };

conforms("mongodb (imagined)", (test) => {
  usageStoreSuite(
    test("usage"),
    async () => {
      const { db } = database();
      return {
        store: mongodbUsageStore({ db }),
        another: async () => mongodbUsageStore({ db }),
        cleanUp: async () => {},
      };
    },
    { lock: true, atomic: "day" },
  );
});

describe("writers who read the same version of a day", () => {
  it("lose nothing, however many there are", async () => {
    const { db } = database();
    const writers = Array.from({ length: 24 }, () => mongodbUsageStore({ db }));
    await Promise.all(writers.map((store, i) => store.replace([sampleSeries(ADA, sampleHours(1, i), 5)])));
    expect((await writers[0]?.read(ADA, ALL))?.hours).toEqual(sampleHours(24));
  });

  it("do not bring back what was removed meanwhile", async () => {
    let meanwhile: (() => void) | undefined;
    const { db, days } = database(() => {
      const once = meanwhile;
      meanwhile = undefined;
      once?.();
    });
    const [writer, remover] = [mongodbUsageStore({ db }), mongodbUsageStore({ db })];
    await writer.replace([sampleSeries(project, 10, 1)]);
    let removing: Promise<void> = Promise.resolve();
    meanwhile = () => {
      removing = remover.remove([project], ALL);
    };
    await writer.replace([sampleSeries(project, sampleHours(1, 12), 1)]);
    await removing;
    const { hours } = await writer.read(project, ALL);
    // Removed before the write or after it, but of what was there before nothing is left.
    expect([[], sampleHours(1, 12)]).toContainEqual(hours);
    await remover.remove([project], ALL);
    expect(await writer.scopes("project")).toEqual([]);
    expect([...days.values()].every((document) => !("timeseries" in document))).toBe(true);
  });
});
