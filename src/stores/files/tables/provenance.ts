import type { Table } from "apache-arrow";
import * as z from "zod";
import { type ColumnValues, type ParquetColumn, textColumn } from "../../../timeseries/parquet/columns.js";
import { codedTexts, numbersOf } from "../../../timeseries/parquet/from-arrow.js";
import { jsonOf } from "../../../timeseries/parquet/own-metadata.js";
import { measurementOf } from "../../../usage/measurement.js";
import { type HostProvenance, INTENSITY_KINDS, type Provenance } from "../../../usage/provenance.js";
import { hostDocument, hostSchema } from "../../kit/host-document.js";
import { aboutIntensity, intensityDocument, intensitySchema } from "../../kit/intensity-document.js";

const text = z.string().nullable().default(null);
const number = z.number().nullable().default(null);

/** What a row says in its columns of provenance; flags are 1, 0 or `null`. */
const cellsSchema = z.object({
  intensity_kind: z.enum(INTENSITY_KINDS).nullable(),
  intensity_source: text,
  intensity_basis: text,
  intensity_updated_at: number,
  intensity_fetched_at: number,
  intensity_settled: number,
  market_gco2eq_per_kwh: number,
  market_intensity: text,
  model: text,
  library: z.string().default(""),
  spread: number,
  unsettled: number,
  scrapes: number,
  expected_cpu_seconds: number,
  up_from: number,
  up_to: number,
  label_project: text,
  label_machine: text,
  label_user: text,
  attributed_by: text,
  notes: text,
  owners: text,
});
type Cells = z.infer<typeof cellsSchema>;

function toCells({ intensity, market, host, ...rest }: Provenance): Cells {
  return {
    intensity_kind: intensity?.kind ?? null,
    intensity_source: intensity?.source ?? null,
    intensity_basis: intensity?.basis ?? null,
    intensity_updated_at: intensity?.updatedAt ?? null,
    intensity_fetched_at: intensity?.fetchedAt ?? null,
    intensity_settled: intensity === null ? null : Number(intensity.settled),
    market_gco2eq_per_kwh: market?.gco2eqPerKwh ?? null,
    market_intensity: market === undefined ? null : JSON.stringify(intensityDocument(market)),
    model: rest.model,
    library: rest.library,
    spread: rest.spread ?? null,
    unsettled: rest.unsettled === undefined ? null : Number(rest.unsettled),
    scrapes: rest.scrapes ?? null,
    expected_cpu_seconds: host?.expectedCpuSeconds ?? null,
    up_from: host?.up?.from ?? null,
    up_to: host?.up?.to ?? null,
    label_project: host?.project ?? null,
    label_machine: host?.machine ?? null,
    label_user: host?.user ?? null,
    attributed_by: host?.by ?? null,
    notes: host?.notes === undefined ? null : JSON.stringify(host.notes),
    owners: host === undefined ? null : JSON.stringify(hostDocument(host).owners),
  };
}

function fromCells(cells: Cells): Provenance {
  const { intensity_kind: kind, spread, unsettled, scrapes } = cells;
  const intensity = kind && {
    kind,
    source: cells.intensity_source ?? "",
    ...aboutIntensity(cells.intensity_basis, cells.intensity_updated_at),
    fetchedAt: cells.intensity_fetched_at,
    settled: cells.intensity_settled === 1,
  };
  return {
    library: cells.library,
    model: cells.model,
    intensity,
    ...marketIn(cells),
    ...measurementOf({ spread, unsettled: unsettled === 1, scrapes }),
    ...(cells.owners === null ? {} : { host: hostOf(cells, cells.owners) }),
  };
}

function marketIn({
  market_intensity: text,
  market_gco2eq_per_kwh: grams,
}: Cells): Pick<Provenance, "market"> {
  if (text === null || grams === null) return {};
  return { market: { ...intensitySchema.parse(jsonOf(text)), gco2eqPerKwh: grams } };
}

function hostOf(cells: Cells, owners: string): HostProvenance {
  const { up_from: from, up_to: to, notes } = cells;
  return hostSchema.parse({
    project: cells.label_project,
    machine: cells.label_machine,
    user: cells.label_user,
    expectedCpuSeconds: cells.expected_cpu_seconds,
    up: from === null || to === null ? null : { from, to },
    ...(notes === null ? {} : { notes: jsonOf(notes) }),
    by: cells.attributed_by,
    owners: jsonOf(owners),
  });
}

/** Those of the columns that say where numbers come from, with the cells of these rows. */
export function provenanceColumns(
  columns: readonly ParquetColumn[],
  rows: readonly Provenance[],
): ColumnValues {
  // Rows share their provenance more often than not.
  const indexOf = new Map<Provenance, number>();
  const indices = new Int32Array(rows.length);
  for (let row = 0; row < indices.length; row++) {
    const provenance = rows[row] as Provenance;
    const index = indexOf.get(provenance) ?? indexOf.size;
    if (index === indexOf.size) indexOf.set(provenance, index);
    indices[row] = index;
  }
  const different: Record<string, string | number | null>[] = [...indexOf.keys()].map(toCells);
  return Object.fromEntries(
    ofProvenance(columns).map(({ name, type }) => {
      const cells = different.map((of) => of[name] ?? null);
      if (type === "text") {
        const { codes, words } = textColumn(cells.map((cell) => (typeof cell === "string" ? cell : null)));
        return [name, { codes: indices.map((index) => codes[index] as number), words }];
      }
      const numbers = Float64Array.from(cells, (cell) => Number(cell ?? Number.NaN));
      // A loop: `Float64Array.from` goes by an iterator, which is slow over half a million rows.
      const column = new Float64Array(indices.length);
      for (let row = 0; row < column.length; row++) column[row] = numbers[indices[row] as number] as number;
      return [name, column];
    }),
  );
}

/** What a caller reads of these columns that only looks at intensities. */
export function isAboutIntensity({ name }: ParquetColumn): boolean {
  return !(name in cellsSchema.shape) || name.startsWith("intensity_") || name.startsWith("market_");
}

/** A column of provenance: numbers, or codes of words. */
interface ReadColumn {
  readonly name: string;
  readonly codes: Float64Array | Int32Array;
  readonly words?: readonly string[];
}

/** The provenance of every row of a table, as far as it has the columns. Neighbours of equal provenance share one object. */
export function provenanceOf(table: Table, columns: readonly ParquetColumn[]): Provenance[] {
  const read = ofProvenance(columns).flatMap(({ name, type }): ReadColumn[] => {
    const column = table.getChild(name);
    if (column === null) return [];
    return [{ name, ...(type === "text" ? codedTexts(column) : { codes: numbersOf(column) }) }];
  });
  const rows = new Array<Provenance>(table.numRows);
  for (let row = 0; row < rows.length; row++) {
    const isAsBefore = row > 0 && read.every(({ codes }) => Object.is(codes[row], codes[row - 1]));
    rows[row] = isAsBefore ? (rows[row - 1] as Provenance) : provenanceIn(read, row);
  }
  return rows;
}

function provenanceIn(read: readonly ReadColumn[], row: number): Provenance {
  return fromCells(
    cellsSchema.parse(Object.fromEntries(read.map((column) => [column.name, cellOf(column, row)]))),
  );
}

function ofProvenance(columns: readonly ParquetColumn[]): readonly ParquetColumn[] {
  return columns.filter(({ name }) => name in cellsSchema.shape);
}

function cellOf({ codes, words }: ReadColumn, row: number): string | number | null {
  const code = codes[row] ?? Number.NaN;
  if (words !== undefined) return words[code] ?? null;
  return Number.isNaN(code) ? null : code;
}
