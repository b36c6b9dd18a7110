import type { RecordBatch } from "parquet-wasm";
import { HOUR_MS, type Interval, overlaps, spanOf } from "../../usage/hour.js";
import { intervalOfMonth, monthsIn } from "../../usage/month.js";
import type { Scope, ScopeKind } from "../../usage/scope.js";
import { inTimeOrder, type SeriesOfScope, sliceSeries, type UsageSeries } from "../../usage/series.js";
import type { Stage } from "./folder-writer.js";
import { type TablePlace, tableOf } from "./layout.js";
import { publish } from "./publish.js";
import { merged, without } from "./tables/merge.js";
import { rowsOfSeries, SeriesRows } from "./tables/series-rows.js";
import { type KeyedRows, TableFile } from "./tables/table-file.js";
import { tableBytes } from "./tables/write.js";
import { tablesOf, tablesOfMonth } from "./tables.js";

/**
 * Puts the tables that change by a batch on the stage, and the published files of its projects and of `ada`. After
 * `fullRows` rows a month goes on in another table.
 */
export async function stageBatch(
  root: string,
  stage: Stage,
  batch: readonly SeriesOfScope[],
  fullRows: number,
  signal?: AbortSignal,
): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(batch, ([{ scope }]) => scope.kind)) {
    const byName = ofKind.toSorted(([a], [b]) => (a.scope.name < b.scope.name ? -1 : 1));
    const all = byName.flatMap(inTimeOrder);
    const hours = [...new Set(all.flatMap((series) => series.hours))].sort((a, b) => a - b);
    for (const month of monthsIn(hours)) {
      signal?.throwIfAborted();
      const places = await placesFor(stage, kind, month, fullRows);
      for (const place of places.filter((place) => overlaps(place, spanOf(hours))))
        await merge(
          stage,
          place,
          all.map((series) => sliceSeries(series, place)),
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
    const view = stage.view();
    for (const place of await tablesOf(view, kind, interval)) {
      signal?.throwIfAborted();
      await using table = await TableFile.open(place, view.pathsOf(tableOf(place)));
      const ranges = await table?.ranges();
      if (table === undefined || ![...names].some((name) => ranges?.has(name))) continue;
      await putTable(stage, place, without(table.parts(), names, interval));
    }
  }
  await publish(root, stage, scopes, signal);
}

/** The tables of a month, as they are or are to be: from its beginning on, and after the last one if that is full. */
async function placesFor(
  stage: Stage,
  kind: ScopeKind,
  month: string,
  fullRows: number,
): Promise<TablePlace[]> {
  const view = stage.view();
  const ofMonth = { kind, month, ...intervalOfMonth(month) };
  const places = await tablesOfMonth(view, kind, month);
  const [first = ofMonth] = places;
  if (first.from > ofMonth.from) places.unshift({ ...ofMonth, to: first.from });
  const last = places.at(-1) ?? ofMonth;
  await using table = await TableFile.open(last, view.pathsOf(tableOf(last)));
  const lastHour = table !== undefined && table.length >= fullRows ? await table.lastHour() : undefined;
  if (lastHour === undefined) return [...places.slice(0, -1), last];
  const begin = lastHour + HOUR_MS;
  const next = { ...last, from: begin };
  return [...places.slice(0, -1), { ...last, to: begin }, ...(begin < last.to ? [next] : [])];
}

async function merge(stage: Stage, place: TablePlace, all: readonly UsageSeries[]): Promise<void> {
  const series = all.filter(({ hours }) => hours.length > 0);
  if (series.length === 0) return;
  await using table = await TableFile.open(place, stage.view().pathsOf(tableOf(place)));
  await putTable(stage, place, merged(table?.parts() ?? nothing(), new SeriesRows(place.kind, series)));
}

async function* nothing(): AsyncGenerator<KeyedRows, void> {}

/** A table without rows still has its columns. */
async function putTable(
  stage: Stage,
  place: TablePlace,
  rows: AsyncGenerator<RecordBatch, void>,
): Promise<void> {
  const first = await rows.next();
  const isEmpty = first.done === true;
  const content = tableBytes(place, isEmpty ? noRows(place.kind) : startingWith(first.value, rows));
  await stage.put({ target: tableOf(place), content, isEmpty });
}

async function* noRows(kind: ScopeKind): AsyncGenerator<RecordBatch, void> {
  yield rowsOfSeries(kind, []);
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield first;
  yield* rest;
}
