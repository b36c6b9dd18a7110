import { COLUMNS, columnsOf, type UsageSeries } from "./series.js";

/**
 * The same series in less memory, for rows that wait to be written together: a column that equals the one of the
 * series before is that column, and all other numbers are in one block.
 */
export function compacted(all: readonly UsageSeries[]): UsageSeries[] {
  const shared = shareColumns(all);
  const own = new Set(shared.flatMap((series) => COLUMNS.map((name) => series[name])));
  const block = new Float64Array([...own].reduce((sum, { length }) => sum + length, 0));
  const inBlock = new Map<Float64Array, Float64Array>();
  let next = 0;
  for (const column of own) {
    block.set(column, next);
    inBlock.set(column, block.subarray(next, next + column.length));
    next += column.length;
  }
  return shared.map((series) => ({
    ...series,
    ...columnsOf((name) => inBlock.get(series[name]) ?? series[name]),
  }));
}

/** What most scopes of a cloud have in common. */
const COMMON = ["hours", "status", "provenance", "gco2eqPerKwh", "coverage"] as const;

/** The same series, in which a column that equals the one of the series before is that column. */
export function shareColumns(all: Iterable<UsageSeries>): UsageSeries[] {
  const shared: UsageSeries[] = [];
  for (const series of all) {
    const before = shared.at(-1);
    const equal = COMMON.filter((name) => before !== undefined && areEqual(before[name], series[name]));
    shared.push({ ...series, ...Object.fromEntries(equal.map((name) => [name, before?.[name]])) });
  }
  return shared;
}

function areEqual(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
