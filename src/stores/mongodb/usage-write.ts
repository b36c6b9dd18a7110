import { AdaCarbonError } from "../../usage/errors.js";
import { DAY_MS, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import { mergeSeries, outsideOf, pickRows, type UsageSeries } from "../../usage/series.js";
import { dayDocument } from "./day-document.js";
import type { MongoDocument, MongoWrite } from "./driver.js";
import { firstDuplicate } from "./failure.js";
import { dayId, dayOf } from "./ids.js";
import { isStored, listDays, ownMember, readDay, type StoredDays } from "./usage-read.js";

// Days are changed without transactions, which a server that stands alone does not have: a document is read, changed
// here, and put in the place of the one that was read, unless another writer has replaced that meanwhile. Every
// version of a document has a revision of its own, by which the server knows.

/** Days in one message to the server: about half a megabyte. */
const DAYS_AT_ONCE = 64;
const HOURS_OF_DAY = 24;
/** How often a write begins again because other writers changed the same day. Each time one of them got on. */
const ATTEMPTS = 1000;

/** The collection of days in one call that changes some. */
export interface ChangedDays extends StoredDays {
  /** Called before each message to the server; rejects to stop there. */
  readonly before: () => Promise<void>;
}

interface DayChange {
  readonly id: string;
  readonly scope: Scope;
  readonly day: number;
  /** Rows that take the place of those of the same hours. */
  readonly rows?: UsageSeries;
  /** Rows that are forgotten. */
  readonly removed?: Interval;
}

/** Puts rows in the place of those that are stored of the same hours, scope by scope in the order given. */
export async function writeRows(stored: ChangedDays, batch: readonly UsageSeries[]): Promise<void> {
  await changeDays(stored, changesOf(batch));
}

function* changesOf(batch: readonly UsageSeries[]): Generator<DayChange> {
  for (const series of batch) {
    const { scope, hours } = series;
    for (let from = 0, to = 0; from < hours.length; from = to) {
      const day = dayOf(hours[from] ?? 0);
      while ((hours[to] ?? Number.POSITIVE_INFINITY) < day + DAY_MS) to++;
      const indices = Array.from({ length: to - from }, (_, i) => from + i);
      yield { id: dayId(scope, day), scope, day, rows: pickRows(series, indices) };
    }
  }
}

/** Forgets the rows of a scope that lie in an interval. */
export async function removeRows(stored: ChangedDays, scope: Scope, removed: Interval): Promise<void> {
  const days = await listDays(stored, scope, removed);
  const changes = days.map((day) => ({ id: dayId(scope, day), scope, day, removed }));
  await changeDays(stored, changes);
}

async function changeDays(stored: ChangedDays, changes: Iterable<DayChange>): Promise<void> {
  let some: DayChange[] = [];
  for (const change of changes) {
    some.push(change);
    if (some.length < DAYS_AT_ONCE) continue;
    await changeTogether(stored, some);
    some = [];
  }
  await changeTogether(stored, some);
}

/** Changes days in order. Where another writer was faster, the rest is read and changed again. */
async function changeTogether(stored: ChangedDays, changes: readonly DayChange[]): Promise<void> {
  let left = changes;
  for (let tries = 0; left.length > 0; tries++) {
    await stored.before();
    stored.signal?.throwIfAborted();
    if (tries > ATTEMPTS) throw tooManyWriters(stored, left);
    const found = new Map<unknown, MongoDocument>();
    const cursor = stored.days.find({ _id: { $in: left.map(({ id }) => id) } });
    for await (const document of cursor) found.set(document._id, document);
    // Of a day that is not there, nothing can be removed.
    const due = left.filter(({ id, rows }) => rows !== undefined || isStored(found.get(id)));
    const writes = due.map((change) => replacement(stored, change, found.get(change.id)));
    left = due.slice(await send(stored, writes));
  }
}

/**
 * Puts the changed day in the place of the one that was read. If another writer has replaced that meanwhile, no
 * document has its revision. Then `upsert` makes the server try to add a second one with the same `_id`, which it
 * refuses: so it says which write came too late. This is also why a day that is removed leaves a document behind
 * for a while: without it, a write that came too late would bring the day back.
 */
function replacement(stored: ChangedDays, change: DayChange, found: MongoDocument | undefined): MongoWrite {
  const rows = changedRows(stored, change, found);
  const revision = crypto.randomUUID();
  const removed = { _id: change.id, ada_carbon: { revision, removed_at: new Date() } };
  const filter = { _id: change.id, "ada_carbon.revision": { $eq: ownMember(found, "revision") ?? null } };
  const document = rows.hours.length === 0 ? removed : dayDocument(rows, revision);
  return { replaceOne: { filter, replacement: document, upsert: true } };
}

/** The rows of the day after the change. A day that is given whole may also take the place of a damaged one. */
function changedRows(
  stored: ChangedDays,
  { scope, day, rows, removed }: DayChange,
  found: MongoDocument | undefined,
): UsageSeries {
  if (rows?.hours.length === HOURS_OF_DAY) return rows;
  const before = readDay(stored, found, scope, day);
  const kept = removed === undefined ? before : outsideOf(before, removed);
  return rows === undefined ? kept : mergeSeries(kept, rows);
}

/** How many of the writes, from the first, were done before one came too late. */
async function send({ days }: ChangedDays, writes: MongoWrite[]): Promise<number> {
  if (writes.length === 0) return 0;
  try {
    await days.bulkWrite(writes, { ordered: true });
    return writes.length;
  } catch (error) {
    const tooLate = firstDuplicate(error);
    if (tooLate === undefined) throw error;
    return tooLate;
  }
}

function tooManyWriters({ where }: ChangedDays, [first]: readonly DayChange[]): AdaCarbonError {
  return new AdaCarbonError(
    "store-locked",
    `other writers change ${first?.id} in ${where} again and again; let fewer write at once`,
  );
}
