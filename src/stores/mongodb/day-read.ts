import { DAY_MS, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import type { MutableSeries } from "../../usage/series.js";
import type { Opened } from "./connection.js";
import { DaysDecoder } from "./day-decode.js";
import type { MongoDocument } from "./driver.js";
import { type DayRange, dayId, dayOf, daysIn } from "./ids.js";

/** Documents that the server sends at once: about a megabyte. */
const BATCH = 128;
/** Documents asked for at once where they are read one by one. */
const AT_ONCE = 8;
/** Where documents are read one by one, longer intervals are still read by going through everything. */
const MOST_DAYS = 10_000;

/** Reads the hours of a scope in [from, to), a batch of days at a time. */
export async function readDays(
  opened: Opened,
  scope: Scope,
  interval: Interval,
  where: string,
  signal: AbortSignal | undefined,
): Promise<MutableSeries> {
  const decoder = new DaysDecoder(scope, interval, where);
  const range = daysIn(interval);
  if (range !== undefined) {
    for await (const { document, day } of documentsOf(opened, scope, range)) {
      signal?.throwIfAborted();
      decoder.add(document, day);
    }
  }
  return decoder.series();
}

export interface FoundDay {
  readonly document: MongoDocument;
  readonly day: number;
}

/** The documents of a scope, by day. */
export async function* documentsOf(
  opened: Opened,
  scope: Scope,
  { first, last }: DayRange,
): AsyncGenerator<FoundDay> {
  const days = (last - first) / DAY_MS + 1;
  if (opened.server === "ferretdb-1" && days <= MOST_DAYS) {
    for (let from = first; from <= last; from += MOST_AT_ONCE_MS) {
      const to = Math.min(from + MOST_AT_ONCE_MS, last + DAY_MS);
      const ids = Array.from({ length: (to - from) / DAY_MS }, (_, i) => dayId(scope, from + i * DAY_MS));
      const documents = await byIds(opened, ids);
      yield* documents.map((document) => ({ document, day: dayIn(document) }));
    }
    return;
  }
  const filter = { _id: { $gte: dayId(scope, first), $lte: dayId(scope, last) } };
  const cursor = opened.days.find(filter, { sort: { _id: 1 }, batchSize: BATCH });
  for await (const document of cursor) yield { document, day: dayIn(document) };
}

const MOST_AT_ONCE_MS = AT_ONCE * DAY_MS;

/** The day that the `_id`, which is ours, ends with. */
function dayIn({ _id }: MongoDocument): number {
  return dayOf(Date.parse(String(_id).slice(-10)));
}

/** The documents with these ids, in no order. Those that are not there are left out. */
export async function byIds(
  { days, server }: Opened,
  ids: readonly string[],
  members?: MongoDocument,
): Promise<MongoDocument[]> {
  const projection = members === undefined ? {} : { projection: members };
  const found: MongoDocument[] = [];
  if (server === "mongodb") {
    const cursor = days.find({ _id: { $in: [...ids] } }, { ...projection, batchSize: BATCH });
    for await (const document of cursor) found.push(document);
    return found;
  }
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const asked = ids.slice(i, i + AT_ONCE).map((_id) => days.findOne({ _id }, projection));
    for (const document of await Promise.all(asked)) if (document !== null) found.push(document);
  }
  return found;
}
