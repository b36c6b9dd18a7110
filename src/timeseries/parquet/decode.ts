import { type Table, tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import * as z from "zod";
import { firstIssue } from "../../intensity/instant.js";
import { assertSeries } from "../../usage/assert-series.js";
import { AdaCarbonError, isAdaCarbonError, messageOf } from "../../usage/errors.js";
import type { FinishedHour } from "../../usage/hour.js";
import { assertOptions, OBJECT, optional, type Rules, TEXT } from "../../usage/options.js";
import { type Provenance, UNKNOWN_PROVENANCE } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { eachQuantity, type UsageSeries } from "../../usage/series.js";
import { type Status, statusOf } from "../../usage/status.js";
import { EIGHT_COLUMNS, PARQUET_NAMES, STATUS, TIMESTAMP } from "./columns.js";
import { derivedIntensities } from "./derive.js";
import { assertColumns, columnOf, numbersOf, textsOf } from "./from-arrow.js";
import { scopeInMetadata } from "./own-metadata.js";
import { assertWasmLoaded } from "./wasm-loaded.js";

/** Where a file is from, and whose hours it may have. */
export interface DecodeOptions {
  /** Where the bytes are from, for messages: the path of the file. */
  readonly where: string;
  /** Whose rows these are if the file does not say, because another tool wrote it. */
  readonly assumeScope?: Scope | undefined;
}

const DECODE_OPTIONS: Rules<DecodeOptions> = { where: TEXT, assumeScope: optional(OBJECT) };

/**
 * The series in a Parquet file that {@link encodeUsage} wrote, or another tool with the same eight columns, in any
 * order and in its own types for numbers, times and texts; other columns are not read. Coverage is missing, the
 * provenance unknown, and the intensity grams over kWh.
 *
 * @throws {AdaCarbonError} `store-corrupt` if the file is anything else: truncated or damaged, other columns,
 * rows that no store accepts; `store-newer` for a file of a newer version.
 */
export function decodeUsage(bytes: Uint8Array, options: DecodeOptions): UsageSeries {
  assertWasmLoaded();
  assertOptions("decodeUsage", options, DECODE_OPTIONS);
  const { where, assumeScope } = options;
  return namingFile(where, () => {
    const table = arrowTable(() => readParquet(bytes).intoIPCStream());
    const scope = scopeInMetadata(table.schema.metadata, where)?.scope ?? assumeScope;
    if (scope === undefined) throw new Error("it does not say whose rows it holds");
    const series = eightColumnSeries(scope, table);
    assertSeries(series);
    return series;
  });
}

/** The rows of a table as a series of what its eight columns say. They are not checked yet, but for the status. */
export function eightColumnSeries(
  scope: Scope,
  table: Table,
  readStatus: (text: string | null) => Status = knownStatus,
): UsageSeries {
  assertColumns(table.schema, EIGHT_COLUMNS);
  const quantities = eachQuantity((name) => numbersOf(columnOf(table, PARQUET_NAMES[name])));
  const hours = numbersOf(columnOf(table, TIMESTAMP));
  return {
    scope: { kind: scope.kind, name: scope.name },
    hours: Array.from(hours, (hour) => hour as FinishedHour),
    ...quantities,
    gco2eqPerKwh: derivedIntensities(quantities),
    coverage: new Float64Array(hours.length).fill(Number.NaN),
    status: textsOf(columnOf(table, STATUS)).map(readStatus),
    provenance: new Array<Provenance>(hours.length).fill(UNKNOWN_PROVENANCE),
  };
}

function knownStatus(text: string | null): Status {
  const status = statusOf(text ?? "");
  if (status === undefined) throw new Error(`it has the unknown status ${JSON.stringify(text)}`);
  return status;
}

/** The Arrow table in a stream that parquet-wasm makes. */
export function arrowTable(makeStream: () => Uint8Array): Table {
  try {
    return tableFromIPC(makeStream());
  } catch (cause) {
    throw notParquet(cause);
  }
}

/** The WebAssembly reader throws strings, errors and traps ("unreachable") alike. */
export function notParquet(cause: unknown): Error {
  const [reason] = messageOf(cause).split("\n");
  return new Error(`it is not a whole Parquet file (${reason})`, { cause });
}

/** What to do about a file of a store. */
const OF_STORE =
  "it was left untouched: restore it from a backup, or move it away to have its hours built again";

/** What `work` throws, as an error that names the file and says what to do. */
export function namingFile<T>(where: string, work: () => T, todo: string = OF_STORE): T {
  try {
    return work();
  } catch (cause) {
    throw corrupt(where, cause, todo);
  }
}

export function corrupt(where: string, cause: unknown, todo: string = OF_STORE): AdaCarbonError {
  if (isAdaCarbonError(cause) && cause.code.startsWith("store-")) return cause;
  const [reason] = (cause instanceof z.ZodError ? firstIssue(cause) : messageOf(cause)).split("\n");
  return new AdaCarbonError("store-corrupt", `${where} cannot be read: ${reason}; ${todo}`, { cause });
}
