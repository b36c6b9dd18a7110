// The part of the official `mongodb` driver that the stores use, declared here so that its types are not needed.

/** A document as the driver takes and gives it. */
export interface MongoDocument {
  readonly [member: string]: unknown;
}

/**
 * What documents are chosen by. A value in it is a text, number, date or `null` of our own, or an operator that
 * is written out where the filter is: never an object that came from outside.
 */
export type MongoFilter = MongoDocument;

/** One write of a `bulkWrite`. */
export type MongoWrite =
  | {
      readonly replaceOne: {
        readonly filter: MongoFilter;
        readonly replacement: MongoDocument;
        readonly upsert: boolean;
      };
    }
  | { readonly updateOne: { readonly filter: MongoFilter; readonly update: MongoDocument } };

/** Documents that were found, as they come. */
export interface MongoCursor extends AsyncIterable<MongoDocument> {
  /** Stops, and lets the server forget it. */
  close(): Promise<void>;
}

/** Which members of documents, in which order, how many at a time. */
export interface MongoFindOptions {
  readonly projection?: MongoDocument;
  readonly sort?: { readonly [member: string]: 1 | -1 };
  readonly batchSize?: number;
}

/** An index of a collection. */
export interface MongoIndex {
  readonly name: string;
  readonly key: Record<string, 1>;
  readonly expireAfterSeconds?: number;
}

/** A `Collection` of the driver. */
export interface MongoCollection {
  /** Documents that match. */
  find(filter: MongoFilter, options?: MongoFindOptions): MongoCursor;
  /** A document that matches, or `null`. */
  findOne(filter: MongoFilter, options?: MongoFindOptions): Promise<MongoDocument | null>;
  /** The different values of a member. */
  distinct(member: string, filter: MongoFilter): Promise<unknown[]>;
  /** Changes one document, or makes it with `upsert`. */
  updateOne(
    filter: MongoFilter,
    update: MongoDocument,
    options?: { readonly upsert: boolean },
  ): Promise<{ readonly matchedCount: number }>;
  /** Removes one document. */
  deleteOne(filter: MongoFilter): Promise<{ readonly deletedCount: number }>;
  /** Removes all that match. */
  deleteMany(filter: MongoFilter): Promise<{ readonly deletedCount: number }>;
  /** Writes many in one call. */
  bulkWrite(writes: MongoWrite[], options: { readonly ordered: boolean }): Promise<unknown>;
  /** Makes the indexes that are not there. */
  createIndexes(indexes: MongoIndex[]): Promise<unknown>;
}

/**
 * Whatever the host has set for its own collections, ours are read and written in this way: documents as plain
 * values, what was written seen by the next read, what is acknowledged not lost. For that, most members of a
 * replica set have it, and it is in their journals on disk; a server that stands alone is its own majority.
 */
export const COLLECTION_OPTIONS = {
  readPreference: "primary",
  writeConcern: { w: "majority", journal: true },
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  ignoreUndefined: false,
  raw: false,
} as const;
/** How our collections are read and written. */
export type MongoCollectionOptions = typeof COLLECTION_OPTIONS;

/** A `Db` of the driver. */
export interface MongoDb {
  readonly databaseName: string;
  /** A collection by its name. */
  collection(name: string, options: MongoCollectionOptions): MongoCollection;
  /** Runs a command on the database. */
  command(command: MongoDocument): Promise<MongoDocument>;
}
