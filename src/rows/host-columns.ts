import type { HourlyIntensity } from "../intensity/hourly.js";
import { columnsInBlock, eachQuantity, numberAt } from "../usage/series.js";
import { type HostHours, NO_USE } from "./host-hours.js";

/** More may come of a host-hour: its source has not been heard beyond it. */
export const UNSETTLED = 1;
/** The source says of a host-hour what cannot be. */
export const DOUBTED = 2;
/** The host was there in the hour. */
export const THERE = 4;

/** What is multiplied by an owner's share of the busy time, of the idle time, and of the time itself. */
export const BUSY_COLUMNS = ["busyCpuSeconds", "busyKwh", "busyGco2eq"] as const;
export const IDLE_COLUMNS = ["idleCpuSeconds", "idleKwh", "idleGco2eq"] as const;
/** CPU-seconds that were expected, that were observed of those, and that were spread over gaps between scrapes. */
export const TIME_COLUMNS = ["expected", "observed", "spread"] as const;
export type SumColumn = (typeof BUSY_COLUMNS | typeof IDLE_COLUMNS | typeof TIME_COLUMNS)[number];
export type SumColumns = Readonly<Record<SumColumn, Float64Array>>;

/** Columns of zeros. */
export function zeroColumns(length: number): SumColumns {
  const columns = BUSY_COLUMNS.length + IDLE_COLUMNS.length + TIME_COLUMNS.length;
  const next = columnsInBlock(columns, length, 0);
  return { ...eachQuantity(next), expected: next(), observed: next(), spread: next() };
}

/**
 * The hours of one host as columns, with their energy; zero where it was not there. Grams are NaN where they are to be
 * energy times the intensity that all hosts have. Used for one host after another.
 */
export class HostColumns {
  readonly columns: SumColumns;
  /** The sum of {@link UNSETTLED}, {@link DOUBTED} and {@link THERE}, as far as they are so. */
  readonly flags: Uint8Array;
  /** The intensity of the host's grid, where there are several grids. */
  grid: HourlyIntensity | undefined;
  readonly #hosts: HostHours;

  constructor(hosts: HostHours) {
    const count = hosts.cpu.hours.length;
    this.columns = zeroColumns(count);
    this.flags = new Uint8Array(count);
    this.#hosts = hosts;
  }

  load(row: number): void {
    const { cpu, useOf, gridOf } = this.#hosts;
    const { columns } = this;
    const grid = gridOf?.(row);
    this.grid = grid;
    const count = cpu.hours.length;
    // One object for all hours: a power model does not keep it.
    const used = { busyCpuSeconds: 0, idleCpuSeconds: 0 };
    for (let t = 0; t < count; t++) {
      const cell = row * count + t;
      const expected = cpu.expectedCpuSeconds[cell] as number;
      const observed = cpu.observedCpuSeconds[cell] || 0;
      const there = expected !== 0 || observed !== 0;
      used.busyCpuSeconds = there ? cpu.busyCpuSeconds[cell] || 0 : 0;
      used.idleCpuSeconds = there ? cpu.idleCpuSeconds[cell] || 0 : 0;
      columns.busyCpuSeconds[t] = used.busyCpuSeconds;
      columns.idleCpuSeconds[t] = used.idleCpuSeconds;
      columns.expected[t] = expected;
      columns.observed[t] = Math.min(observed, expected);
      columns.spread[t] = Math.min(cpu.spreadCpuSeconds?.[cell] ?? 0, expected);
      const doubts = (cpu.unsettled?.[cell] ?? 0) * UNSETTLED + (cpu.doubted?.[cell] ?? 0) * DOUBTED;
      this.flags[t] = doubts + (there ? THERE : 0);
      const use = there ? useOf(row, t, used) : NO_USE;
      const grams = grid === undefined ? Number.NaN : numberAt(grid.gco2eqPerKwh, t);
      columns.busyKwh[t] = use.busyKwh;
      columns.idleKwh[t] = use.idleKwh;
      columns.busyGco2eq[t] = use.busyGco2eq ?? use.busyKwh * grams;
      columns.idleGco2eq[t] = use.idleGco2eq ?? use.idleKwh * grams;
    }
  }
}
