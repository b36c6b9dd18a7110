import type { Table } from "apache-arrow";
import * as z from "zod";
import { columnOf, textsOf } from "../../../timeseries/parquet/from-arrow.js";
import { jsonOf } from "../../../timeseries/parquet/own-metadata.js";
import { INTENSITY_KINDS } from "../../../usage/provenance.js";
import { intensitySchema } from "../../kit/intensity-document.js";
import type { IntensityName, StoredIntensities } from "../../stored-intensities.js";
import { type RowRange, rangesOf, type TableFile } from "./table-file.js";

const GRID = ["intensity_kind", "intensity_source", "intensity_basis"] as const;
const MARKET = "market_intensity";

const kindSchema = z.enum(INTENSITY_KINDS);

/** By which intensities the rows of a name are. Only the columns that say so are read. */
export async function intensitiesIn(table: TableFile, name: string): Promise<StoredIntensities> {
  const rows = await table.rows({ columns: ["name", ...table.columnsOf([...GRID, MARKET])] });
  return table.naming(() => {
    const range = rangesOf(rows).get(name) ?? { from: 0, to: 0 };
    const grid = distinctCells(rows, GRID, range).flatMap(([kind, source, basis]): IntensityName[] => {
      if (kind == null) return [];
      const about = basis == null ? {} : { basis };
      return [{ kind: kindSchema.parse(kind), source: source ?? "", ...about }];
    });
    const market = distinctCells(rows, [MARKET], range).flatMap(([text]) =>
      text == null ? [] : intensitySchema.parse(jsonOf(text)),
    );
    return { grid, market };
  });
}

/** What the rows have in these columns together, each once; `null` in a column that an older version did not write. */
function distinctCells(
  rows: Table,
  names: readonly string[],
  { from, to }: RowRange,
): (string | null | undefined)[][] {
  const columns = names.map((name) => (rows.getChild(name) === null ? [] : textsOf(columnOf(rows, name))));
  const found = new Map<string, (string | null | undefined)[]>();
  for (let row = from; row < to; row++) {
    if (row > from && columns.every((column) => column[row] === column[row - 1])) continue;
    const cells = columns.map((column) => column[row]);
    found.set(JSON.stringify(cells), cells);
  }
  return [...found.values()];
}
