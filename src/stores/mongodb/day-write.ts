import { AdaCarbonError } from "../../usage/errors.js";
import { DAY_MS, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { mergeSeries, outsideOf, pickRows, type UsageSeries } from "../../usage/series.js";
import type { Opened } from "./connection.js";
import { DaysDecoder } from "./day-decode.js";
import { type DayRows, daysOf, encodeDay, encodeRemoved, isRemoved } from "./day-document.js";
import { byIds, documentsOf } from "./day-read.js";
import type { MongoDocument, MongoWrite } from "./driver.js";
import { duplicatesOf } from "./failure.js";
import { type DayRange, dayId, daysIn } from "./ids.js";

/** Days in one message to the server: a quarter of a megabyte. */
const CHUNK = 64;
const HOURS_OF_DAY = 24;
/** How often a write begins again because other writers changed the same day. Each time one of them got on. */
const ATTEMPTS = 1000;
/** How long a removed day is remembered: longer than any writer takes from reading a day to writing it. */
const REMEMBERED_MS = 3_600_000;

export interface WriteOptions {
  /** Names the database in messages. */
  readonly where: string;
  readonly signal: AbortSignal | undefined;
  /** Called before each message to the server; rejects to stop there. */
  readonly before: () => Promise<void>;
}

/** What is to become of a day. */
interface DayChange {
  readonly id: string;
  readonly day: number;
  readonly scope: Scope;
  /** Rows that replace those of the same hours. */
  readonly rows?: DayRows;
  /** What is to be forgotten. */
  readonly removed?: Interval;
}

/**
 * Replaces the hours of the series in the documents of their days, in the order given. Each document is
 * replaced in one step, and only if it is still the one that was read: else it is read and merged again.
 */
export async function writeDays(
  opened: Opened,
  batch: readonly UsageSeries[],
  options: WriteOptions,
): Promise<void> {
  await writing(opened, options, async (writer) => {
    for (const series of batch) {
      for (const rows of daysOf(series)) {
        await writer.add({ id: rows.id, day: rows.day, scope: series.scope, rows });
      }
    }
  });
}

/** Forgets the hours of scopes that lie in an interval, day by day in the same way. */
export async function removeDays(
  opened: Opened,
  scopes: readonly Scope[],
  interval: Interval,
  options: WriteOptions,
): Promise<void> {
  const range = daysIn(interval);
  if (range === undefined) return;
  for (const scope of scopes) {
    await writing(opened, options, async (writer) => {
      for await (const { document, day } of documentsOf(opened, scope, range)) {
        const id = dayId(scope, day);
        if (!isRemoved(document)) await writer.add({ id, day, scope, removed: interval });
      }
    });
    await forgetRemoved(opened, scope, range);
  }
}

/** Writes all that `work` adds. However it ends, nothing is under way any more. */
async function writing(
  opened: Opened,
  options: WriteOptions,
  work: (writer: Writer) => Promise<void>,
): Promise<void> {
  const writer = new Writer(opened, options);
  try {
    await work(writer);
    await writer.flush();
  } finally {
    await writer.idle();
  }
}

async function forgetRemoved(
  { days, server }: Opened,
  scope: Scope,
  { first, last }: DayRange,
): Promise<void> {
  if (server === "ferretdb-1") return;
  await days.deleteMany({
    _id: { $gte: dayId(scope, first), $lte: dayId(scope, last) },
    "ada_carbon.removed_at": { $lt: new Date(Date.now() - REMEMBERED_MS) },
  });
}

interface Planned {
  readonly change: DayChange;
  readonly write: MongoWrite;
}

/** Sends changes some at a time, in order; the next ones are looked up and put together meanwhile. */
class Writer {
  readonly #opened: Opened;
  readonly #options: WriteOptions;
  #chunk: DayChange[] = [];
  #sending: Promise<void> = Promise.resolve();
  /** Days that are given whole are taken to be new, and not looked for, until one of them is not. */
  #expectNew = true;

  constructor(opened: Opened, options: WriteOptions) {
    this.#opened = opened;
    this.#options = options;
  }

  async add(change: DayChange): Promise<void> {
    this.#chunk.push(change);
    if (this.#chunk.length >= CHUNK) await this.#next();
  }

  /** Resolves when everything that was added is written. */
  async flush(): Promise<void> {
    await this.#next();
    await this.#sending;
  }

  /** Resolves when nothing is under way, whether it succeeded or not. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#sending]);
  }

  async #next(): Promise<void> {
    const planning = this.#plan(this.#chunk);
    this.#chunk = [];
    await Promise.allSettled([planning, this.#sending]);
    await this.#sending;
    this.#sending = this.#carryOut(await planning);
    // Whoever adds more, or flushes, hears of its failure.
    this.#sending.catch(() => undefined);
  }

  async #plan(changes: readonly DayChange[]): Promise<Planned[]> {
    const blind = this.#expectNew && changes.every(isWhole);
    const stored = blind ? new Map<string, MongoDocument>() : await this.#stored(changes);
    return changes.flatMap((change) => {
      const write = this.#writeOf(change, stored.get(change.id));
      return write === undefined ? [] : [{ change, write }];
    });
  }

  /** What other writers were faster with is planned again, from what they wrote. */
  async #carryOut(planned: readonly Planned[]): Promise<void> {
    let left = planned;
    for (let tries = 0; left.length > 0; tries++) {
      await this.#options.before();
      this.#options.signal?.throwIfAborted();
      if (tries > ATTEMPTS) throw this.#tooMany(left);
      const done = await this.#send(left.map(({ write }) => write));
      if (done === left.length) return;
      this.#expectNew = false;
      left = await this.#plan(left.slice(done).map(({ change }) => change));
    }
  }

  /** The documents of these days. Of those that will be replaced whole, only what tells them from later ones. */
  async #stored(changes: readonly DayChange[]): Promise<Map<string, MongoDocument>> {
    const members = changes.every(isWhole) ? { "ada_carbon.revision": 1 } : undefined;
    const ids = changes.map(({ id }) => id);
    const found = await byIds(this.#opened, ids, members);
    return new Map(found.map((document) => [String(document._id), document]));
  }

  #writeOf(change: DayChange, stored: MongoDocument | undefined): MongoWrite | undefined {
    const { id, day, rows } = change;
    const revision = crypto.randomUUID();
    if (stored === undefined) {
      return rows === undefined ? undefined : { insertOne: { document: encodeDay(rows, revision) } };
    }
    const filter = this.#asRead(id, stored);
    if (rows !== undefined && isWhole(change)) {
      return { replaceOne: { filter, replacement: encodeDay(rows, revision), upsert: true } };
    }
    const series = this.#changed(change, stored);
    if (series.hours.length > 0) {
      const all = { id, day, series, from: 0, to: series.hours.length };
      return { replaceOne: { filter, replacement: encodeDay(all, revision), upsert: true } };
    }
    if (this.#opened.server === "ferretdb-1") return { deleteOne: { filter } };
    return { replaceOne: { filter, replacement: encodeRemoved(id, revision), upsert: true } };
  }

  /** The stored hours of the day after the change. */
  #changed({ day, scope, rows, removed }: DayChange, stored: MongoDocument): UsageSeries {
    const decoder = new DaysDecoder(scope, { from: day, to: day + DAY_MS }, this.#options.where);
    decoder.add(stored, day);
    const before = decoder.series();
    const kept = removed === undefined ? before : outsideOf(before, removed);
    if (rows === undefined) return kept;
    const { series, from, to } = rows;
    const indices = Array.from({ length: to - from }, (_, i) => from + i);
    return mergeSeries(kept, pickRows(series, indices));
  }

  /**
   * The document as long as it is the one that was read. If it is not, `upsert` makes the server try to insert
   * a second one, which fails on the `_id`: so it says which write came too late. That is also why a day that
   * is removed is remembered for a while: else such a write would bring it back.
   */
  #asRead(id: string, stored: MongoDocument): MongoDocument {
    // The lock keeps other writers out, and a second member would cost a search through all documents.
    if (this.#opened.server === "ferretdb-1") return { _id: id };
    const { ada_carbon: own } = stored;
    const revision = typeof own === "object" && own !== null && "revision" in own ? own.revision : null;
    return { _id: id, "ada_carbon.revision": { $eq: typeof revision === "string" ? revision : null } };
  }

  /** How many of the writes, from the first, were done before one came too late. */
  async #send(writes: MongoWrite[]): Promise<number> {
    try {
      await this.#opened.days.bulkWrite(writes, { ordered: true });
      return writes.length;
    } catch (error) {
      const [first] = duplicatesOf(error) ?? [];
      if (first === undefined) throw error;
      return first;
    }
  }

  #tooMany([first]: readonly Planned[]): AdaCarbonError {
    return new AdaCarbonError(
      "store-locked",
      `other writers change ${first?.change.id} in ${this.#options.where} again and again; let fewer write at once`,
    );
  }
}

function isWhole({ rows }: DayChange): boolean {
  return rows !== undefined && rows.to - rows.from === HOURS_OF_DAY;
}
