import type { CpuHours, Finding, Host } from "../usage/cpu.js";
import { type FinishedHour, formatInstant } from "../usage/hour.js";
import type { ModeUse } from "../usage/modes.js";
import { at } from "../usage/series.js";
import { HostTable } from "./hosts.js";
import type { Matrix } from "./matrix.js";
import { roomForUpTimes, type Sightings, upTimes } from "./presence.js";
import { type LabelNames, PRESENCE_FACTS, type PresenceFact } from "./queries.js";

/** The CPU-seconds that hosts used in one way, in parts, one after the other. */
export interface UsedReply {
  readonly use: ModeUse;
  readonly parts: readonly Matrix[];
}

/** The replies about one chunk of contiguous hours. */
export interface ChunkReplies {
  readonly hours: readonly FinishedHour[];
  readonly cpu: readonly UsedReply[];
  readonly presence: Readonly<Record<PresenceFact, Matrix>>;
  /** By instance. */
  readonly sightings: ReadonlyMap<string, Sightings>;
  /** The usual time between two scrapes. */
  readonly spacingMs: number;
  readonly warnings: readonly string[];
}

/** The CPU-seconds of a chunk while they are put together. */
interface Columns {
  readonly busy: Float64Array;
  readonly idle: Float64Array;
  /** Of all modes, those that count as neither busy nor idle included. */
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  readonly upFrom: Float64Array;
  readonly upTo: Float64Array;
}

/** Replies about one chunk as a matrix of hosts and hours. */
export function assembleCpuHours(replies: ChunkReplies, labels: LabelNames): CpuHours {
  const { hours, cpu, presence, sightings, spacingMs } = replies;
  const table = new HostTable(labels);
  const matrices = cpu.flatMap(({ use, parts }) => inTurn(parts).map((turn) => ({ use, ...turn })));
  const rows = matrices.map(({ part }) => part.series.map((series) => table.add(series)));
  for (const fact of PRESENCE_FACTS) for (const series of presence[fact].series) table.add(series);
  const { hosts, rowsOf } = table;
  const cells = hosts.length * hours.length;
  const columns: Columns = {
    busy: new Float64Array(cells).fill(Number.NaN),
    idle: new Float64Array(cells).fill(Number.NaN),
    observed: new Float64Array(cells).fill(Number.NaN),
    expected: new Float64Array(cells),
    upFrom: new Float64Array(cells).fill(Number.NaN),
    upTo: new Float64Array(cells).fill(Number.NaN),
  };
  matrices.forEach(({ use, part, first }, m) => {
    addUsed(use, part, rows[m] ?? [], columns, { first, count: hours.length });
  });

  const findings = matrices.flatMap(({ use, part }) => describeOddities(use, part));
  const up = roomForUpTimes(hours.length);
  for (const [instance, seen] of sightings) {
    const rows = rowsOf.get(instance) ?? [];
    const cores = withoutHoles(seen.cores);
    findings.push(...boundCpuSeconds(rows, hosts, hours, cores, columns));
    upTimes(hours, seen, spacingMs, up);
    shareExpected(rows, expectedSeconds(up.milliseconds, cores), columns);
    for (const row of rows) {
      columns.upFrom.set(up.from, row * hours.length);
      columns.upTo.set(up.to, row * hours.length);
    }
  }
  return {
    hours,
    hosts,
    busyCpuSeconds: columns.busy,
    idleCpuSeconds: columns.idle,
    observedCpuSeconds: columns.observed,
    expectedCpuSeconds: columns.expected,
    upFrom: columns.upFrom,
    upTo: columns.upTo,
    answered: hours.map((_, t) => hosts.some((_, row) => at(columns.observed, row * hours.length + t) > 0)),
    warnings: replies.warnings,
    findings,
  };
}

/** Parts with the index of their first hour. */
function inTurn(parts: readonly Matrix[]): { part: Matrix; first: number }[] {
  let next = 0;
  return parts.map((part) => {
    const first = next;
    next += part.grid.count;
    return { part, first };
  });
}

// Row by row: this loop sees every sample of a reply.
function addUsed(
  use: ModeUse,
  { series, values, grid }: Matrix,
  rows: readonly number[],
  columns: Columns,
  hours: { readonly first: number; readonly count: number },
): void {
  const { observed } = columns;
  const used = use === "ignored" ? undefined : columns[use];
  for (let s = 0; s < series.length; s++) {
    const start = (rows[s] as number) * hours.count + hours.first;
    for (let t = 0; t < grid.count; t++) {
      const value = values[s * grid.count + t] as number;
      if (!(value >= 0)) continue;
      add(observed, start + t, value);
      if (used !== undefined) add(used, start + t, value);
    }
  }
}

/** Adds to a cell; NaN has nothing in it yet. */
function add(cells: Float64Array, cell: number, value: number): void {
  const before = cells[cell] as number;
  cells[cell] = Number.isNaN(before) ? value : before + value;
}

/** How much busy + idle may exceed cores x 3600 before the excess is taken for a counter gone backwards. */
const CPU_SLACK = 1.02;

/**
 * `iowait` and `steal` can go backwards on real kernels, which looks like a restart and adds the whole
 * counter. No host can be busy for longer than its cores allow: idle is kept, busy gets what is left.
 */
function boundCpuSeconds(
  rows: readonly number[],
  hosts: readonly Host[],
  hours: readonly FinishedHour[],
  cores: Float64Array,
  columns: Columns,
): Finding[] {
  const findings: Finding[] = [];
  for (const row of rows) {
    for (let t = 0; t < hours.length; t++) {
      const cell = row * hours.length + t;
      const most = (cores[t] as number) * 3600;
      const total = columns.observed[cell] as number;
      if (!(total > most * CPU_SLACK)) continue;
      columns.observed[cell] = most;
      columns.idle[cell] = Math.min(orZero(at(columns.idle, cell)), most);
      columns.busy[cell] = Math.min(orZero(at(columns.busy, cell)), most - at(columns.idle, cell));
      const message = `${hosts[row]?.instance} at ${formatInstant(hours[t] ?? Number.NaN)}: ${total.toFixed(0)} CPU-seconds from ${at(cores, t)} cores; cut to ${most}`;
      findings.push({ kind: "impossible-cpu-seconds", message });
    }
  }
  return findings;
}

function expectedSeconds(upMilliseconds: Float64Array, cores: Float64Array): Float64Array {
  const seconds = new Float64Array(cores.length);
  for (let t = 0; t < seconds.length; t++)
    seconds[t] = orZero(((upMilliseconds[t] as number) / 1000) * (cores[t] as number));
  return seconds;
}

/** Spreads what is expected of an instance over its sets of labels: as observed, else to the nearest in time. */
function shareExpected(rows: readonly number[], expected: Float64Array, columns: Columns): void {
  const count = expected.length;
  const [only, ...more] = rows;
  if (only !== undefined && more.length === 0) {
    columns.expected.set(expected, only * count);
    return;
  }
  const observed = (row: number, t: number): number => orZero(at(columns.observed, row * count + t));
  const seen = expected.map((_, t) => rows.reduce((sum, row) => sum + observed(row, t), 0));
  for (let t = 0; t < count; t++) {
    const want = at(expected, t);
    if (!(want > 0)) continue;
    const like = nearest(seen, t);
    for (const row of rows) {
      const share = like === undefined ? 1 / rows.length : observed(row, like) / at(seen, like);
      columns.expected[row * count + t] = want * share;
    }
  }
}

/** The index nearest to `t`, the earlier first, at which something was seen. */
function nearest(seen: Float64Array, t: number): number | undefined {
  for (let d = 0; d < seen.length; d++) {
    if (at(seen, t - d) > 0) return t - d;
    if (at(seen, t + d) > 0) return t + d;
  }
  return undefined;
}

/** The number of cores of every hour: of the hour itself, else of the nearest one where it is known. */
function withoutHoles(cores: Float64Array): Float64Array {
  for (let t = 0; t < cores.length; t++)
    if (Number.isNaN(cores[t])) return cores.map((_, t) => at(cores, nearest(cores, t) ?? -1));
  return cores;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function describeOddities(use: ModeUse, cpu: Matrix): Finding[] {
  const name = (labels: Readonly<Record<string, string>>): string =>
    `${use} CPU-seconds of ${JSON.stringify(labels)}`;
  return [
    ...cpu.histograms.map(
      (labels): Finding => ({
        kind: "histogram",
        message: `${name(labels)} are histograms, not numbers`,
      }),
    ),
    ...cpu.notFinite.map(
      ({ labels, time, value }): Finding => ({
        kind: "not-a-number",
        message: `${name(labels)} are ${value} at ${formatInstant(time)}; taken as missing`,
      }),
    ),
  ];
}
