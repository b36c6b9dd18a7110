// The part of the official `mongodb` driver that the stores use, declared here so that its types are not needed.

/** A document as the driver takes and gives it. */
export interface MongoDocument {
  readonly [member: string]: unknown;
}

/**
 * What documents are chosen by. A value in it is a text, number or `null` of our own, or an operator that is
 * written out where the filter is: never an object that came from outside.
 */
export type MongoFilter = MongoDocument;

export type MongoWrite =
  | { readonly insertOne: { readonly document: MongoDocument } }
  | {
      readonly replaceOne: {
        readonly filter: MongoFilter;
        readonly replacement: MongoDocument;
        readonly upsert: boolean;
      };
    }
  | { readonly deleteOne: { readonly filter: MongoFilter } }
  | { readonly updateOne: { readonly filter: MongoFilter; readonly update: MongoDocument } };

export interface MongoCursor extends AsyncIterable<MongoDocument> {
  close(): Promise<void>;
}

export interface MongoFindOptions {
  readonly projection?: MongoDocument;
  readonly sort?: { readonly [member: string]: 1 | -1 };
  readonly batchSize?: number;
}

/** A `Collection` of the driver. */
export interface MongoCollection {
  find(filter: MongoFilter, options?: MongoFindOptions): MongoCursor;
  findOne(filter: MongoFilter, options?: MongoFindOptions): Promise<MongoDocument | null>;
  distinct(member: string, filter: MongoFilter): Promise<unknown[]>;
  insertOne(document: MongoDocument): Promise<unknown>;
  updateOne(
    filter: MongoFilter,
    update: MongoDocument,
    options?: { readonly upsert: boolean },
  ): Promise<{ readonly matchedCount: number }>;
  deleteOne(filter: MongoFilter): Promise<{ readonly deletedCount: number }>;
  deleteMany(filter: MongoFilter): Promise<unknown>;
  bulkWrite(writes: MongoWrite[], options: { readonly ordered: boolean }): Promise<unknown>;
  createIndexes(indexes: { key: Record<string, 1>; name: string }[]): Promise<unknown>;
}

export interface MongoCollectionOptions {
  readonly readPreference: "primary";
  readonly writeConcern: { readonly w: "majority" };
  readonly promoteValues: true;
  readonly promoteLongs: true;
  readonly useBigInt64: false;
  readonly ignoreUndefined: false;
  readonly raw: false;
}

/** A `Db` of the driver. */
export interface MongoDb {
  readonly databaseName: string;
  collection(name: string, options: MongoCollectionOptions): MongoCollection;
  command(command: MongoDocument): Promise<MongoDocument>;
}

/**
 * Whatever the host has set for its own collections, ours are read and written in this way: documents as plain
 * values, what is acknowledged not lost, what was written seen by the next read.
 */
export const COLLECTION_OPTIONS: MongoCollectionOptions = {
  readPreference: "primary",
  writeConcern: { w: "majority" },
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  ignoreUndefined: false,
  raw: false,
};
