import type { Provenance } from "../../usage/provenance.js";
import type { ScopeKind } from "../../usage/scope.js";
import type { UsageSeries } from "../../usage/series.js";
import type { Database, Session } from "./database.js";
import { addNames, selectIds } from "./names.js";
import { addProvenances, printsOf, selectProvenances } from "./provenance.js";
import { Statement } from "./statement.js";
import { ALL_KINDS } from "./tables.js";
import { fromText } from "./text.js";

/** What rows say instead of names and of provenances. */
export interface Keys {
  /** By kind, then by name. */
  readonly owners: ReadonlyMap<ScopeKind, ReadonlyMap<string, bigint>>;
  readonly provenances: ReadonlyMap<Provenance, number>;
}

/** The keys of all that a batch names, asked for in one statement, and added where they are not there yet. */
export async function keysOf(
  session: Session,
  database: Database,
  batch: readonly UsageSeries[],
): Promise<Keys> {
  const prints = printsOf(batch);
  const named = ALL_KINDS.flatMap(({ kind, dimension }) => {
    const names = batch.filter(({ scope }) => scope.kind === kind).map(({ scope }) => scope.name);
    return dimension === null || names.length === 0 ? [] : [{ kind, dimension, names: names.sort() }];
  });

  const statement = new Statement();
  const selects = named.map(
    ({ kind, dimension, names }) =>
      `SELECT '${kind}', * FROM (${selectIds(database, dimension, names, statement)}) AS ${kind}_ids`,
  );
  statement.add(
    [`SELECT '', * FROM (${selectProvenances(database, prints, statement)}) AS provenances`, ...selects].join(
      "\nUNION ALL ",
    ),
  );
  const found = new Map<string, Map<string, bigint>>();
  for (const [of, name, id] of await session.prepared(statement.text, statement.values)) {
    const ids = found.get(of ?? "") ?? new Map<string, bigint>();
    found.set(of ?? "", ids.set(fromText(name ?? ""), BigInt(id ?? 0)));
  }

  const ids = await addProvenances(session, database, prints, found.get("") ?? new Map());
  const owners = new Map<ScopeKind, ReadonlyMap<string, bigint>>();
  for (const { kind, dimension, names } of named) {
    owners.set(kind, await addNames(session, database, dimension, names, found.get(kind) ?? new Map()));
  }
  return { owners, provenances: new Map([...prints].map(([each, print]) => [each, Number(ids.get(print))])) };
}
