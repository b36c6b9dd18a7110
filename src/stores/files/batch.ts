import { join } from "node:path";
import type { RecordBatch } from "parquet-wasm";
import type { Interval } from "../../usage/hour.js";
import { intervalOfMonth, monthOf } from "../../usage/month.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { mergeAll, sliceSeries, type UsageSeries } from "../../usage/series.js";
import type { SeriesOfScope } from "../kit/by-scope.js";
import type { Stage } from "./folder-writer.js";
import { tableOf } from "./layout.js";
import { publish } from "./publish.js";
import type { TableFacts } from "./tables/facts.js";
import { merged, without } from "./tables/merge.js";
import { rowsOfSeries, SeriesRows } from "./tables/series-rows.js";
import { type KeyedRows, TableFile } from "./tables/table-file.js";
import { tableBytes } from "./tables/write.js";
import { monthsOf } from "./tables.js";

/** Puts the tables that change by a batch on the stage, and the published files of its projects and of `ada`. */
export async function stageBatch(
  root: string,
  stage: Stage,
  batch: readonly SeriesOfScope[],
  signal?: AbortSignal,
): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(batch, ([{ scope }]) => scope.kind)) {
    const all = ofKind.map(mergeAll).sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
    for (const month of monthsIn(all)) {
      signal?.throwIfAborted();
      await merge(
        root,
        stage,
        { kind, month },
        all.map((series) => sliceSeries(series, intervalOfMonth(month))),
      );
    }
  }
  await publish(
    root,
    stage,
    batch.map(([{ scope }]) => scope),
    signal,
  );
}

/** Puts tables and published files without the rows of these scopes in the interval on the stage. */
export async function stageRemoval(
  root: string,
  stage: Stage,
  scopes: readonly Scope[],
  interval: Interval,
  signal?: AbortSignal,
): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(scopes, (scope) => scope.kind)) {
    const names = new Set(ofKind.map(({ name }) => name));
    for (const month of await monthsOf(root, kind, interval)) {
      signal?.throwIfAborted();
      await using table = await TableFile.open({ kind, month }, [join(root, tableOf(kind, month))]);
      const ranges = await table?.ranges();
      if (table === undefined || ![...names].some((name) => ranges?.has(name))) continue;
      await putTable(stage, table.facts, without(table.parts(), names, interval));
    }
  }
  await publish(root, stage, scopes, signal);
}

function monthsIn(all: readonly UsageSeries[]): string[] {
  const months = new Set<string>();
  for (const { hours } of all) {
    // Hours of the same month follow each other, so few of them are looked at.
    for (let i = 0; i < hours.length; ) {
      const month = monthOf(hours[i] ?? 0);
      months.add(month);
      const { to } = intervalOfMonth(month);
      while (i < hours.length && (hours[i] ?? 0) < to) i++;
    }
  }
  return [...months].sort();
}

async function merge(
  root: string,
  stage: Stage,
  facts: TableFacts,
  all: readonly UsageSeries[],
): Promise<void> {
  const series = all.filter(({ hours }) => hours.length > 0);
  await using table = await TableFile.open(facts, [join(root, tableOf(facts.kind, facts.month))]);
  await putTable(stage, facts, merged(table?.parts() ?? nothing(), new SeriesRows(facts.kind, series)));
}

async function* nothing(): AsyncGenerator<KeyedRows, void> {}

/** A table without rows still has its columns. */
async function putTable(
  stage: Stage,
  facts: TableFacts,
  rows: AsyncGenerator<RecordBatch, void>,
): Promise<void> {
  const first = await rows.next();
  const isEmpty = first.done === true;
  const content = tableBytes(facts, isEmpty ? noRows(facts.kind) : startingWith(first.value, rows));
  await stage.put({ target: tableOf(facts.kind, facts.month), content, isEmpty });
}

async function* noRows(kind: ScopeKind): AsyncGenerator<RecordBatch, void> {
  yield rowsOfSeries(kind, []);
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield first;
  yield* rest;
}
