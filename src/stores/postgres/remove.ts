import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { Scope } from "../../usage/scope.js";
import type { Database, Session } from "./database.js";
import { NOTHING } from "./days.js";
import { findIds } from "./names.js";
import { packIds, packInstants } from "./packed.js";
import { clampToDates } from "./read.js";
import { ALL_KINDS, type KindTables } from "./tables.js";

const HOURS = 24;

/** The rows of one kind of scope, as a condition and its parameter, if it needs one. */
interface Owners {
  readonly where: string;
  readonly values: readonly unknown[];
}

/** Hours [first, end) of a UTC day, both counted from 1970. */
interface PartOfDay {
  readonly day: number;
  readonly first: number;
  readonly end: number;
}

/**
 * Forgets the rows of the scopes whose hour lies in [from, to). To be run in a transaction that has the write
 * lock. An aborted signal rejects between two kinds of scope.
 */
export async function removeRows(
  session: Session,
  database: Database,
  scopes: readonly Scope[],
  interval: Interval,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { from, to } = clampToDates(interval);
  if (!(from < to)) return;
  for (const tables of ALL_KINDS) {
    signal?.throwIfAborted();
    const names = scopes.filter(({ kind }) => kind === tables.kind).map(({ name }) => name);
    if (names.length === 0) continue;
    const owners = await ownersOf(session, database, tables, names);
    const count = owners.values.length;
    await session.rows(
      `DELETE FROM ${database.table(tables.fact)} WHERE ${owners.where}
         timestamp_utc >= ($${count + 1}::timestamptz[])[1] AND timestamp_utc < ($${count + 1}::timestamptz[])[2]`,
      [...owners.values, packInstants([from, to])],
    );
    await removeFromDays(session, database.table(tables.day), owners, {
      from: from / HOUR_MS,
      to: to / HOUR_MS,
    });
  }
}

async function ownersOf(
  session: Session,
  database: Database,
  { dimension }: KindTables,
  names: readonly string[],
): Promise<Owners> {
  if (dimension === null) return { where: "", values: [] };
  const ids = await findIds(session, database, dimension, names);
  return { where: `${dimension.id} = ANY ($1::int8[]) AND`, values: [packIds([...ids.values()])] };
}

/** Whole days go; of the first and the last one what is inside. Hours are counted from 1970. */
async function removeFromDays(
  session: Session,
  table: string,
  { where, values }: Owners,
  hours: Interval,
): Promise<void> {
  const [one, two, three] = [1, 2, 3].map((i) => `$${values.length + i}::int`);
  const day = (parameter: string | undefined): string => `date '1970-01-01' + ${parameter}`;
  await session.rows(`DELETE FROM ${table} WHERE ${where} day >= ${day(one)} AND day < ${day(two)}`, [
    ...values,
    Math.ceil(hours.from / HOURS),
    Math.floor(hours.to / HOURS),
  ]);
  for (const part of partsOfDays(hours)) {
    await session.rows(
      `UPDATE ${table} SET
         status = overlay(status PLACING repeat('${NOTHING}', ${three} - ${two}) FROM ${two} + 1),
         rest = (
           SELECT jsonb_object_agg(key, value) FROM jsonb_each(rest)
           WHERE key::int < ${two} OR key::int >= ${three}
         )
       WHERE ${where} day = ${day(one)}`,
      [...values, part.day, part.first, part.end],
    );
    await session.rows(
      `DELETE FROM ${table} WHERE ${where} day = ${day(one)} AND ltrim(status, '${NOTHING}') = ''`,
      [...values, part.day],
    );
  }
}

/** The first and the last day, where only a part of them is inside. */
function partsOfDays({ from, to }: Interval): PartOfDay[] {
  const days = new Set([from, to].map((hour) => Math.floor(hour / HOURS)));
  return [...days]
    .map((day) => ({
      day,
      first: Math.max(from - day * HOURS, 0),
      end: Math.min(to - day * HOURS, HOURS),
    }))
    .filter(({ first, end }) => first < end && end - first < HOURS);
}
