import { DAY_MS, HOUR_MS } from "../../usage/hour.js";
import type { ScopeKind } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./database.js";
import { packIds, packInstants } from "./packed.js";
import { Statement } from "./statement.js";
import { ALL_KINDS, type KindTables } from "./tables.js";

/** A series and where it goes. */
export interface Owned {
  readonly tables: KindTables;
  readonly id: bigint;
  readonly series: UsageSeries;
  /** Whether no fact row is stored from its first hour to its last: then none has to be replaced. */
  readonly fresh: boolean;
}

/** Rows `from` up to `to` of a series: hours of one UTC day, one after the other. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Hours of a series from which on it is worth asking what is stored of them. */
const MANY = 168;

/** The series with the ids of their owners: by kind, then in the order of the ids. */
export async function ownedBy(
  session: Session,
  database: Database,
  batch: readonly UsageSeries[],
  ids: ReadonlyMap<ScopeKind, ReadonlyMap<string, bigint>>,
): Promise<Owned[]> {
  const owned = ALL_KINDS.flatMap((tables) =>
    batch
      .filter(({ scope }) => scope.kind === tables.kind)
      .map((series) => ({ tables, id: ids.get(tables.kind)?.get(series.scope.name) ?? 0n, series }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  const long = owned.filter(({ series }) => series.hours.length >= MANY);
  const fresh = long.length === 0 ? new Set() : await freshOf(session, database, long);
  return owned.map((each) => ({ ...each, fresh: fresh.has(each.series) }));
}

/** Those of the series between whose first and last hour nothing is stored. */
async function freshOf(
  session: Session,
  database: Database,
  owned: readonly Omit<Owned, "fresh">[],
): Promise<Set<UsageSeries>> {
  const statement = new Statement();
  const kinds = new Set(owned.map(({ tables }) => tables));
  const selects = [...kinds].map(({ kind, fact, key }) => {
    const of = owned.filter(({ tables }) => tables.kind === kind);
    const hours = (at: 0 | -1): string =>
      statement.parameter(packInstants(of.map(({ series }) => series.hours.at(at) ?? null)), "timestamptz[]");
    const ids = statement.parameter(packIds(of.map(({ id }) => id)), "int8[]");
    // A subquery that is no join: a look into the index for each series, whatever the planner knows.
    return `SELECT '${kind}', id FROM unnest(${ids}, ${hours(0)}, ${hours(-1)}) AS given (id, first, last)
      WHERE (SELECT true FROM ${database.table(fact)} AS f
        WHERE ${key.map((column) => `f.${column} = id AND `).join("")} timestamp_utc BETWEEN first AND last
        LIMIT 1) IS NULL`;
  });
  statement.add(selects.join("\nUNION ALL "));
  const rows = await session.prepared(statement.text, statement.values);
  const found = new Set(rows.map(([kind, id]) => `${kind} ${id}`));
  const fresh = owned.filter(({ tables: { kind }, id }) => found.has(`${kind} ${id}`));
  return new Set(fresh.map(({ series }) => series));
}

/** A stretch and how many others of its day come before it. */
export interface Numbered extends Stretch {
  readonly turn: number;
}

/** All rows of a series as stretches, ascending. */
export function* stretchesOf({ hours }: UsageSeries): Generator<Numbered> {
  let from = 0;
  let turn = 0;
  for (let to = 1; to <= hours.length; to++) {
    const last = hours[to - 1] ?? Number.NaN;
    const next = hours[to] ?? Number.POSITIVE_INFINITY;
    const sameDay = Math.floor(next / DAY_MS) === Math.floor(last / DAY_MS);
    if (sameDay && next === last + HOUR_MS) continue;
    yield { from, to, turn };
    from = to;
    turn = sameDay ? turn + 1 : 0;
  }
}
