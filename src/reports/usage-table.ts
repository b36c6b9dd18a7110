import type { Table as ArrowTable } from "apache-arrow";
import { csvText } from "../codecs/csv.js";
import { formatInstant } from "../usage/hour.js";
import { assertArgument, LIST } from "../usage/options.js";
import { tableHtml, tableText } from "./table-display.js";
import { columnsOfRows, type UsageRow, type UseRow, useRows } from "./usage-rows.js";

/** Under these names Node and Deno ask an object for the text that they show. */
const INSPECT = [Symbol.for("nodejs.util.inspect.custom"), Symbol.for("Deno.customInspect")];
/** Under this name notebooks ask for what they show. */
const DISPLAY = Symbol.for("Jupyter.display");

/**
 * Rows of usage: see `usageTable`. Notebooks of Jupyter and Deno show it as a table; it can be gone through as a list,
 * which is what charts take:
 *
 *     Plot.lineY(table, { x: "from", y: "totalKwh", stroke: "name" }).plot()
 *     Plot.rectY(table.byUse(), { x1: "from", x2: "to", y: "kwh", fill: "use" }).plot()
 */
export class UsageTable implements Iterable<UsageRow> {
  /** Scope by scope, each ascending. */
  readonly rows: readonly UsageRow[];

  constructor(rows: readonly UsageRow[]) {
    assertArgument("UsageTable", "rows", rows, LIST);
    this.rows = rows;
    Object.defineProperty(this, DISPLAY, { value: () => this.display() });
    for (const name of INSPECT) Object.defineProperty(this, name, { value: () => this.toString() });
  }

  /** Row by row. */
  [Symbol.iterator](): Iterator<UsageRow> {
    return this.rows[Symbol.iterator]();
  }

  /** Busy and idle apart, two rows for one: what a stacked bar is made of. */
  byUse(): UseRow[] {
    return this.rows.flatMap(useRows);
  }

  /** Plain objects with instants as ISO 8601, as JSON has them. */
  toRecords(): (Omit<UsageRow, "from" | "to"> & { readonly from: string; readonly to: string })[] {
    return this.rows.map((row) => ({ ...row, from: iso(row.from), to: iso(row.to) }));
  }

  /** The records, for `JSON.stringify`. */
  toJSON(): ReturnType<UsageTable["toRecords"]> {
    return this.toRecords();
  }

  /** CSV with a header line. A name that a spreadsheet would run as a formula gets an apostrophe in front. */
  toCsv(): string {
    const header = columnsOfRows(this.rows);
    const rows = this.toRecords().map((record) => header.map((name) => record[name] ?? null));
    return csvText({ header, rows });
  }

  /** A table of apache-arrow, which is loaded now: times in UTC, texts, and doubles that are null where not known. */
  async toArrow(): Promise<ArrowTable> {
    const { arrowTableOf } = await import("./usage-arrow.js");
    return arrowTableOf(this.rows);
  }

  /** The table in columns for a terminal; of a long one the beginning. */
  toString(): string {
    return tableText(this.rows);
  }

  /** What notebooks show, by type of medium. Names are escaped. */
  display(): Readonly<Record<"text/html" | "text/plain", string>> {
    return { "text/html": tableHtml(this.rows), "text/plain": this.toString() };
  }
}

function iso(date: Date): string {
  return formatInstant(date.getTime());
}
