import type { CpuHours } from "../../usage/cpu.js";
import type { FinishedHour, Interval } from "../../usage/hour.js";
import { remembered } from "../../usage/remembered.js";
import type { EdgeUse } from "../edges/edge-use.js";
import { type BinnedUse, widen } from "../scrapes/bins.js";

type Columns = Pick<
  CpuHours,
  "busyCpuSeconds" | "idleCpuSeconds" | "observedCpuSeconds" | "expectedCpuSeconds" | "upFrom" | "upTo"
> & {
  readonly spreadCpuSeconds: Float64Array;
  readonly unsettled: Uint8Array;
  readonly doubted: Uint8Array;
};

/** The columns of a batch while they are filled: row by row, hour by hour. */
export class HourColumns {
  readonly columns: Columns;
  /** What happened, by cell. */
  readonly notes: Map<number, string[]> = new Map();
  readonly #count: number;

  constructor(rows: number, hours: readonly FinishedHour[]) {
    this.#count = hours.length;
    const cells = rows * hours.length;
    const missing = (): Float64Array => new Float64Array(cells).fill(Number.NaN);
    this.columns = {
      busyCpuSeconds: missing(),
      idleCpuSeconds: missing(),
      observedCpuSeconds: missing(),
      spreadCpuSeconds: new Float64Array(cells),
      expectedCpuSeconds: new Float64Array(cells),
      upFrom: missing(),
      upTo: missing(),
      unsettled: new Uint8Array(cells),
      doubted: new Uint8Array(cells),
    };
  }

  /** An hour in which nothing happened: all that was used was observed. */
  setWholeHour(row: number, hour: number, use: EdgeUse, from: number, to: number): void {
    const { columns } = this;
    const cell = row * this.#count + hour;
    columns.busyCpuSeconds[cell] = use.busy[hour] as number;
    columns.idleCpuSeconds[cell] = use.idle[hour] as number;
    columns.observedCpuSeconds[cell] = use.total[hour] as number;
    columns.expectedCpuSeconds[cell] = use.total[hour] as number;
    columns.upFrom[cell] = from;
    columns.upTo[cell] = to;
  }

  /** Adds what raw samples say of some hours. */
  addBins(use: BinnedUse, isWanted: (hour: number) => boolean): void {
    const { columns } = this;
    for (const [row, bins] of use.rows) {
      for (let hour = 0; hour < this.#count; hour++) {
        if (
          !isWanted(hour) ||
          !((bins.expected[hour] as number) > 0 || !Number.isNaN(bins.busy[hour] as number))
        )
          continue;
        const cell = row * this.#count + hour;
        addTo(columns.busyCpuSeconds, cell, bins.busy[hour] as number);
        addTo(columns.idleCpuSeconds, cell, bins.idle[hour] as number);
        if (!Number.isNaN(bins.busy[hour] as number))
          addTo(columns.observedCpuSeconds, cell, bins.observed[hour] as number);
        addTo(columns.spreadCpuSeconds, cell, bins.spread[hour] as number);
        addTo(columns.expectedCpuSeconds, cell, bins.expected[hour] as number);
        widen(columns, cell, bins.upFrom[hour] as number, bins.upTo[hour] as number);
      }
    }
  }

  /** Adds an hour of a host of another batch, which is at `from` there. */
  addHour(row: number, hour: number, other: CpuHours, from: number): void {
    const { columns } = this;
    const cell = row * this.#count + hour;
    for (const name of ["busyCpuSeconds", "idleCpuSeconds", "observedCpuSeconds"] as const)
      addTo(columns[name], cell, other[name][from] as number);
    addTo(columns.spreadCpuSeconds, cell, other.spreadCpuSeconds?.[from] ?? 0);
    addTo(columns.expectedCpuSeconds, cell, other.expectedCpuSeconds[from] as number);
    widen(columns, cell, other.upFrom[from] as number, other.upTo[from] as number);
    if (other.unsettled?.[from] === 1) this.mark("unsettled", row, hour);
    if (other.doubted?.[from] === 1) this.mark("doubted", row, hour);
    for (const note of other.notes?.get(from) ?? []) this.addNote(row, hour, note);
  }

  /** Adds time in which a host was up and nothing says what it did. */
  addUnknown(row: number, hour: number, time: Interval & { readonly cpuSeconds: number }): void {
    const cell = row * this.#count + hour;
    addTo(this.columns.expectedCpuSeconds, cell, time.cpuSeconds);
    widen(this.columns, cell, time.from, time.to);
  }

  mark(column: "unsettled" | "doubted", row: number, hour: number): void {
    this.columns[column][row * this.#count + hour] = 1;
  }

  addNote(row: number, hour: number, text: string): void {
    const cell = row * this.#count + hour;
    remembered(this.notes, cell, () => []).push(text);
  }

  /** What was used of all rows in an hour, if anything is known. */
  isKnown(rows: number, hour: number): boolean {
    for (let row = 0; row < rows; row++) {
      const cell = row * this.#count + hour;
      if (
        (this.columns.observedCpuSeconds[cell] as number) + (this.columns.spreadCpuSeconds[cell] as number) >
        0
      )
        return true;
    }
    return false;
  }
}

/** Adds to a cell in which NaN is nothing yet. */
function addTo(cells: Float64Array, cell: number, value: number): void {
  if (Number.isNaN(value)) return;
  const before = cells[cell] as number;
  cells[cell] = Number.isNaN(before) ? value : before + value;
}
