import type { Table } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { assertSeries } from "../../usage/assert-series.js";
import { badInput, isAdaCarbonError } from "../../usage/errors.js";
import { assertOptions, OBJECT, optional, type Rules, TEXT } from "../../usage/options.js";
import { ADA, formatScope, parseScope, type Scope } from "../../usage/scope.js";
import { pickRows, type UsageSeries } from "../../usage/series.js";
import { isStatus, STATUSES, type Status } from "../../usage/status.js";
import { STATUS } from "./columns.js";
import { arrowTable, eightColumnSeries, namingFile } from "./decode.js";
import { assertColumns, columnOf, textsOf } from "./from-arrow.js";
import { scopeInMetadata } from "./own-metadata.js";
import { assertWasmLoaded } from "./wasm-loaded.js";

/** Whose hours a file has where it does not say. */
export interface ImportOptions {
  /** Where the bytes are from, for messages: the path of the file. */
  readonly where: string;
  /** Whose all rows are. */
  readonly scope?: Scope | undefined;
}

const IMPORT_OPTIONS: Rules<ImportOptions> = { where: TEXT, scope: optional(OBJECT) };

/** A row that is no hour: its number in the file, from 1, and what is wrong with it. */
export interface FaultyRow {
  readonly row: number;
  readonly why: string;
}

/** What is in a file of eight columns. */
export interface ImportedUsage {
  /** The rows that are hours, a series a scope. */
  readonly series: readonly UsageSeries[];
  readonly faults: readonly FaultyRow[];
}

/**
 * The hours in a Parquet file of the eight columns that any tool wrote: in any order of columns and rows, `OPTIONAL`,
 * with times in any unit (those without a zone are UTC), texts as dictionaries, numbers of any type.
 *
 * A row is of the scope in its column `scope` (`kind:name`) or `project`; without such a column, of the scope that the
 * file says if ada-carbon wrote it. `scope` goes before both. Other columns are not read.
 *
 * @throws {AdaCarbonError} `store-corrupt` for a file that is no Parquet file, or lacks a column, or has it in a type
 * that cannot be its; `bad-input` if nothing says whose hours it holds.
 */
export function importUsage(bytes: Uint8Array, options: ImportOptions): ImportedUsage {
  assertWasmLoaded();
  assertOptions("importUsage", options, IMPORT_OPTIONS);
  const { where, scope } = options;
  const read = (): readonly [Table, UsageSeries, Owners] => {
    const found = arrowTable(() => readParquet(bytes).intoIPCStream());
    assertColumns(found.schema, OWNERS);
    const rows = eightColumnSeries(ADA, found, (text) => (isKnown(text) ? text : "not downloaded"));
    return [found, rows, ownersIn(found)];
  };
  const [table, all, owners] = namingFile(where, read, "correct it, or leave it out");
  const scopes = scopeOfEachRow(table, owners, where, scope);
  const statuses = textsOf(columnOf(table, STATUS));
  const faults: FaultyRow[] = [];
  const sound: number[] = [];
  statuses.forEach((status, row) => {
    const why = rowFault(all.hours[row] ?? Number.NaN, status, scopes[row] ?? null);
    if (why === undefined) sound.push(row);
    else faults.push({ row: row + 1, why });
  });
  const series: UsageSeries[] = [];
  for (const [text, rows] of Map.groupBy(sound, (row) => scopes[row] ?? "")) {
    rows.sort((a, b) => (all.hours[a] ?? 0) - (all.hours[b] ?? 0));
    const ofScope = { ...pickRows(all, rows), scope: parseScope(text) };
    faults.push(...faultsIn(ofScope, rows));
    series.push(ofScope);
  }
  return { series, faults: faults.sort((a, b) => a.row - b.row) };
}

/** Columns that say whose a row is. */
const OWNERS = (["scope", "project"] as const).map((name) => ({ name, type: "text", later: true }) as const);

function isKnown(status: string | null): status is Status {
  return status !== null && isStatus(status);
}

type Owners = readonly (readonly (string | null)[] | undefined)[];

/** The texts of each of the columns that say whose a row is; `undefined` where there is no such column. */
function ownersIn(table: Table): Owners {
  return OWNERS.map(({ name }) => {
    const column = table.getChild(name);
    return column === null ? undefined : textsOf(column);
  });
}

function scopeOfEachRow(
  table: Table,
  [scopes, projects]: Owners,
  where: string,
  scope: Scope | undefined,
): readonly (string | null)[] {
  const said = scope ?? scopeInMetadata(table.schema.metadata, where)?.scope;
  if (scope === undefined && scopes) return scopes;
  if (scope === undefined && projects) return projects.map((name) => name && `project:${name}`);
  if (said !== undefined) return new Array(table.numRows).fill(formatScope(said));
  throw badInput(
    `${where} does not say whose hours it holds; name it, as in --scope project:IDAaaS, or give it a column project or scope`,
  );
}

function rowFault(hour: number, status: string | null, scope: string | null): string | undefined {
  if (Number.isNaN(hour)) return "it has no timestamp";
  if (!isKnown(status)) {
    return `its status is ${JSON.stringify(status)}; it must be one of ${STATUSES.join(", ")}`;
  }
  return scope === null ? "it does not say whose it is" : faultOf(() => parseScope(scope));
}

/** What is wrong with rows of one scope, which are sorted by hour. */
function faultsIn(series: UsageSeries, rows: readonly number[]): FaultyRow[] {
  if (faultOf(() => assertSeries(series)) === undefined) return [];
  return rows.flatMap((row, i) => {
    const before = rows[i - 1];
    const isRepeated = before !== undefined && series.hours[i] === series.hours[i - 1];
    const why = isRepeated
      ? `its hour is that of row ${before + 1} too; an hour of ${formatScope(series.scope)} is one row`
      : faultOf(() => assertSeries(pickRows(series, [i])));
    return why === undefined ? [] : [{ row: row + 1, why }];
  });
}

function faultOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isAdaCarbonError(error, "bad-input")) return error.message;
    throw error;
  }
}
