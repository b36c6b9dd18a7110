import type { Table } from "apache-arrow";
import type { ColumnValues, ParquetColumn } from "../../../timeseries/parquet/columns.js";
import { columnOf, numbersOf, textsOf } from "../../../timeseries/parquet/from-arrow.js";
import { jsonOf } from "../../../timeseries/parquet/own-metadata.js";
import { measurementOf } from "../../../usage/measurement.js";
import type { HostProvenance, IntensityKind, Provenance } from "../../../usage/provenance.js";
import { hostDocument, hostSchema } from "../../host-document.js";

/** What is in a column of provenance; nothing where a row says nothing. */
type Cell = string | number | boolean | null | undefined;

/** What a provenance says in each of its columns. */
const OF_HOST: Readonly<Record<string, (host: HostProvenance) => Cell>> = {
  expected_cpu_seconds: (host) => host.expectedCpuSeconds,
  up_from: ({ up }) => up?.from,
  up_to: ({ up }) => up?.to,
  label_project: (host) => host.project,
  label_machine: (host) => host.machine,
  label_user: (host) => host.user,
  attributed_by: (host) => host.by,
  notes: ({ notes }) => notes && JSON.stringify(notes),
  owners: (host) => JSON.stringify(hostDocument(host).owners),
};
const OF_EVERY_KIND: Readonly<Record<string, (provenance: Provenance) => Cell>> = {
  intensity_kind: ({ intensity }) => intensity?.kind,
  intensity_source: ({ intensity }) => intensity?.source,
  intensity_fetched_at: ({ intensity }) => intensity?.fetchedAt,
  intensity_settled: ({ intensity }) => intensity?.settled,
  model: ({ model }) => model,
  library: ({ library }) => library,
  spread: ({ spread }) => spread,
  unsettled: ({ unsettled }) => unsettled,
  scrapes: ({ scrapes }) => scrapes,
};

/** The columns that say where the numbers of rows come from. */
export function provenanceColumns(
  columns: readonly ParquetColumn[],
  rows: readonly Provenance[],
): ColumnValues {
  const values: Record<string, ColumnValues[string]> = {};
  for (const { name, type } of columns) {
    const ofHost = OF_HOST[name];
    const cellOf = OF_EVERY_KIND[name] ?? (ofHost && (({ host }: Provenance) => host && ofHost(host)));
    if (cellOf === undefined) continue;
    const cells = cellsOf(rows, cellOf);
    values[name] = type === "text" ? cells.map((cell) => asText(cell)) : Float64Array.from(cells, asNumber);
  }
  return values;
}

/** Neighbouring rows share their provenance more often than not. */
function cellsOf(rows: readonly Provenance[], cellOf: (provenance: Provenance) => Cell): Cell[] {
  let cell: Cell;
  return rows.map((provenance, row) => {
    if (row === 0 || provenance !== rows[row - 1]) cell = cellOf(provenance);
    return cell;
  });
}

function asText(cell: Cell): string | null {
  return typeof cell === "string" ? cell : null;
}

function asNumber(cell: Cell): number {
  return cell === null || cell === undefined ? Number.NaN : Number(cell);
}

/** The provenance of every row of a table. Neighbouring rows of equal provenance share one object. */
export function provenanceOf(table: Table, columns: readonly ParquetColumn[]): Provenance[] {
  const read = (names: Readonly<Record<string, unknown>>): ColumnValues =>
    Object.fromEntries(
      columns.flatMap(({ name, type }) => {
        if (!(name in names)) return [];
        const column = columnOf(table, name);
        return [[name, type === "text" ? textsOf(column) : numbersOf(column)]];
      }),
    );
  const hosts = objectPerRow(read(OF_HOST), table.numRows, hostAt);
  const common = { ...read(OF_EVERY_KIND), hosts };
  return objectPerRow(common, table.numRows, (cells, row) => provenanceAt(cells, hosts[row], row));
}

type Cells = Readonly<Record<string, ArrayLike<unknown>>>;

/** `make` of every row that differs from the one before in any cell. */
function objectPerRow<T>(cells: Cells, length: number, make: (cells: Cells, row: number) => T): T[] {
  const columns = Object.values(cells);
  const objects: T[] = [];
  for (let row = 0; row < length; row++) {
    const isAsBefore = row > 0 && columns.every((column) => Object.is(column[row], column[row - 1]));
    objects.push(isAsBefore ? (objects[row - 1] as T) : make(cells, row));
  }
  return objects;
}

function provenanceAt(cells: Cells, host: HostProvenance | undefined, row: number): Provenance {
  const kind = textIn(cells, "intensity_kind", row);
  const intensity =
    kind === null
      ? null
      : {
          kind: intensityKind(kind),
          source: textIn(cells, "intensity_source", row) ?? "",
          fetchedAt: numberIn(cells, "intensity_fetched_at", row),
          settled: numberIn(cells, "intensity_settled", row) === 1,
        };
  return {
    library: textIn(cells, "library", row) ?? "",
    model: textIn(cells, "model", row),
    intensity,
    ...measurementOf({
      spread: numberIn(cells, "spread", row),
      unsettled: numberIn(cells, "unsettled", row) === 1,
      scrapes: numberIn(cells, "scrapes", row),
    }),
    ...(host === undefined ? {} : { host }),
  };
}

function intensityKind(text: string): IntensityKind {
  if (text === "actual" || text === "forecast" || text === "fallback") return text;
  throw new Error(`it has the unknown intensity kind ${JSON.stringify(text)}`);
}

function hostAt(cells: Cells, row: number): HostProvenance | undefined {
  const owners = textIn(cells, "owners", row);
  if (owners === null) return undefined;
  const [from, to] = [numberIn(cells, "up_from", row), numberIn(cells, "up_to", row)];
  const notes = textIn(cells, "notes", row);
  const host = hostSchema.safeParse({
    project: textIn(cells, "label_project", row),
    machine: textIn(cells, "label_machine", row),
    user: textIn(cells, "label_user", row),
    expectedCpuSeconds: numberIn(cells, "expected_cpu_seconds", row),
    up: from === null || to === null ? null : { from, to },
    ...(notes === null ? {} : { notes: jsonOf(notes) }),
    by: textIn(cells, "attributed_by", row),
    owners: jsonOf(owners),
  });
  if (host.success) return host.data;
  throw new Error("what it says of a host is not what ada-carbon writes", { cause: host.error });
}

function textIn(cells: Cells, name: string, row: number): string | null {
  const cell = cells[name]?.[row];
  return typeof cell === "string" ? cell : null;
}

function numberIn(cells: Cells, name: string, row: number): number | null {
  const cell = cells[name]?.[row];
  return typeof cell === "number" && !Number.isNaN(cell) ? cell : null;
}
