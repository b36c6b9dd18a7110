import { CounterLayout, type Scrape } from "./counters.js";

/** When second 0 of all tables is, UTC milliseconds. */
export const START: number = Date.UTC(2025, 8, 10);

/** A second of a table, UTC milliseconds. */
export function at(second: number): number {
  return START + second * 1000;
}

/** The second of a table at a time. */
export function secondOf(time: number): number {
  return (time - START) / 1000;
}

/** One scrape: at which second, and busy and idle CPU-seconds of each CPU. NaN is a counter that is not there. */
export type Line = readonly [second: number, ...counters: number[]];

export interface TableOptions {
  /** When the machine says it booted, in seconds; NaN for nothing. Default: ten days before. */
  readonly booted?: number | ((second: number) => number);
  /** Default 0. */
  readonly row?: number;
}

/** The scrapes of a table. */
export function scrapesOfTable(
  lines: readonly Line[],
  { booted = -864_000, row = 0 }: TableOptions = {},
): Scrape[] {
  return lines.map(([second, ...counters]) => {
    const bootTime = at(typeof booted === "number" ? booted : booted(second));
    return { time: at(second), row, bootTime, counters: Float64Array.from(counters) };
  });
}

/** How the counters of tables are laid out: modes `user` and `idle` of CPUs 0, 1, ... */
export function tableLayout(cpus: number): CounterLayout {
  const layout = new CounterLayout();
  for (let cpu = 0; cpu < cpus; cpu++) for (const mode of ["user", "idle"]) layout.add(String(cpu), mode);
  return layout;
}

/** Lines of a machine whose CPUs are busy for a share of the time, from one second to another. */
export function steadyLines(
  span: { readonly from: number; readonly to: number; readonly every?: number },
  cpus: readonly number[],
  { since = -864_000 }: { readonly since?: number } = {},
): Line[] {
  const { from, to, every = 60 } = span;
  const lines: Line[] = [];
  for (let second = from; second <= to; second += every)
    lines.push([
      second,
      ...cpus.flatMap((share) => [(second - since) * share, (second - since) * (1 - share)]),
    ]);
  return lines;
}
