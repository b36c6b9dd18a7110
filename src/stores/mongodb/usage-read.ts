import type { Interval } from "../../usage/hour.js";
import { NO_PROVENANCE } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { emptySeries, mergeAll, sliceSeries, type UsageSeries } from "../../usage/series.js";
import { unprepared } from "../kit/versions.js";
import { type Intensities, intensitiesOf, type StoredIntensities } from "../stored-intensities.js";
import { dayIntensities, dayRows, INTENSITIES_ONLY } from "./day-document.js";
import type { MongoCollection, MongoDocument } from "./driver.js";
import { readDocument } from "./failure.js";
import { ALL_DAYS, dayIds, dayOf } from "./ids.js";
import { STORE_FLAG } from "./schema.js";

/** Documents that the server sends at once: about a megabyte. */
const BATCH = 128;

/** The collection of days in one call. */
export interface StoredDays {
  readonly days: MongoCollection;
  /** Names the database in messages. */
  readonly where: string;
  readonly signal: AbortSignal | undefined;
}

/** Reads the rows of a scope in [from, to). */
export async function readRows(stored: StoredDays, scope: Scope, interval: Interval): Promise<UsageSeries> {
  const days: UsageSeries[] = [];
  for await (const document of findDays(stored, scope, interval)) {
    stored.signal?.throwIfAborted();
    days.push(readDay(stored, document, scope, dayIn(document)));
  }
  return sliceSeries(mergeAll([noRows(scope), ...days]), interval);
}

/** By which intensities the rows of a scope are. Only the members that say so are sent. */
export async function readIntensities(stored: StoredDays, scope: Scope): Promise<StoredIntensities> {
  const rows: Intensities[] = [];
  for await (const document of findDays(stored, scope, ALL_DAYS, INTENSITIES_ONLY)) {
    stored.signal?.throwIfAborted();
    if (!isStored(document)) continue;
    assertPrepared(stored, document);
    rows.push(...readDocument(document, "usage", stored.where, () => dayIntensities(document)));
  }
  return intensitiesOf(rows);
}

/** The days of a scope that overlap an interval, also those that have been removed, ascending. */
export async function listDays(stored: StoredDays, scope: Scope, interval: Interval): Promise<number[]> {
  const days: number[] = [];
  for await (const document of findDays(stored, scope, interval, { _id: 1 })) days.push(dayIn(document));
  return days;
}

function findDays(
  { days }: StoredDays,
  scope: Scope,
  interval: Interval,
  projection: MongoDocument = {},
): AsyncIterable<MongoDocument> | Iterable<MongoDocument> {
  const ids = dayIds(scope, interval);
  return ids === undefined ? [] : days.find({ _id: ids }, { projection, sort: { _id: 1 }, batchSize: BATCH });
}

/** The day that the `_id`, which is ours, ends with. */
function dayIn({ _id }: MongoDocument): number {
  return dayOf(Date.parse(String(_id).slice(-10)));
}

/** The rows in the document of a day. One that is not as we write it is `store-corrupt`. */
export function readDay(
  stored: StoredDays,
  document: MongoDocument | undefined,
  scope: Scope,
  day: number,
): UsageSeries {
  if (!isStored(document)) return noRows(scope);
  assertPrepared(stored, document);
  return readDocument(document, "usage", stored.where, () => dayRows(document, scope, day));
}

function assertPrepared({ where }: StoredDays, document: MongoDocument): void {
  // Earlier versions had lists.
  if (Array.isArray(ownMember(document, "hours"))) throw unprepared(2, where, STORE_FLAG);
}

function noRows(scope: Scope): UsageSeries {
  return emptySeries(scope, [], NO_PROVENANCE);
}

/** Whether there is such a day: not where no document is, or one that only says that the day was removed. */
export function isStored(document: MongoDocument | undefined): document is MongoDocument {
  return document !== undefined && ownMember(document, "removed_at") === undefined;
}

/** A member of `ada_carbon`, in a document of which nothing is known. */
export function ownMember(document: MongoDocument | undefined, name: string): unknown {
  const own = document?.ada_carbon;
  return typeof own === "object" && own !== null ? Reflect.get(own, name) : undefined;
}
