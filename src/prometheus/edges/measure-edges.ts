import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import { SAME_BOOT_MS } from "../../usage/physical.js";
import { recordOf } from "../../usage/record-of.js";
import { remembered } from "../../usage/remembered.js";
import type { HostTable } from "../client/hosts.js";
import { HOST_FACTS, type HostFact } from "../client/queries.js";
import { hourEdges } from "../client/step-grid.js";
import type { Matrix } from "../replies/matrix.js";
import type { CountedReply, Presence } from "./edge-replies.js";
import { type Counted, countedAt, type RowEdges } from "./edge-use.js";
import {
  isExactClock,
  type ScrapeAnchor,
  scrapeTimes,
  timesByCounters,
  usualSpacing,
} from "./scrape-times.js";

/** What is known of a row of hosts before its counters are read. */
export interface RowPresence {
  /** Scrapes in each hour; NaN or 0 in one without. */
  readonly scrapes: Float64Array;
  readonly anchors: readonly ScrapeAnchor[];
  /** The usual time between two scrapes, milliseconds; NaN where nothing says. */
  readonly spacingMs: number;
  /** CPUs that it shows, at most; NaN where not known. */
  readonly cores: number;
  /** The first and the last boot time that it said, UTC milliseconds; NaN for none. */
  readonly bootMin: number;
  readonly bootMax: number;
  readonly hasSeveralTargets: boolean;
  /** Whether its series are of machines that booted at different times, at one time. */
  readonly isMixed: boolean;
}

/** What the replies about presence say of each row; rows are added to the table. */
export function rowPresences(
  presence: Presence,
  hours: readonly FinishedHour[],
  hosts: HostTable,
): RowPresence[] {
  const edges = hourEdges(hours);
  const scrapes = new Map<number, Float64Array>();
  eachRow(presence.scrapes, hosts, (row, values) => scrapes.set(row, values));
  const facts = new Map<number, Record<HostFact, number[]>>();
  const times: number[] = [];
  for (const matrix of presence.facts) {
    const { grid, series } = matrix;
    const first = times.length;
    for (let i = 0; i < grid.count; i++) times.push(grid.from + i * grid.stepMs);
    eachRow(matrix, hosts, (row, values, s) => {
      const known = remembered(facts, row, () => recordOf(HOST_FACTS, () => []));
      const fact = series[s]?.fact as HostFact;
      values.forEach((value, i) => {
        known[fact][first + i] = value;
      });
    });
  }
  return hosts.hosts.map((_, row) => {
    const known = facts.get(row);
    const counts = scrapes.get(row) ?? new Float64Array(hours.length).fill(Number.NaN);
    const factOf = (fact: HostFact, i: number): number => known?.[fact][i] ?? Number.NaN;
    const indices = [...times.keys()];
    return {
      scrapes: counts,
      anchors: indices.map((i) => ({
        edge: Math.round(((times[i] ?? 0) - edges.from) / edges.stepMs),
        scrapedAt: Math.round(factOf("scrapedAt", i) * 1000),
      })),
      // Time with a gap has fewer scrapes than usual, and none has more.
      spacingMs: usualSpacing(largest(counts), largest(known?.recentScrapes ?? [])),
      cores: largest(known?.cores ?? []),
      bootMin: -largest((known?.bootMin ?? []).map((seconds) => -seconds)) * 1000,
      bootMax: largest(known?.bootMax ?? []) * 1000,
      hasSeveralTargets: indices.some((i) => factOf("targets", i) > 1),
      isMixed: indices.some(
        (i) =>
          factOf("targets", i) > 1 && (factOf("bootMax", i) - factOf("bootMin", i)) * 1000 > SAME_BOOT_MS,
      ),
    };
  });
}

/** What rows used by what was counted at the edges; `undefined` for rows that cannot be measured so. */
export class EdgeMeasurement {
  readonly #hosts: HostTable;
  readonly #hours: readonly FinishedHour[];
  readonly #before: CountedRows;
  /** By how much later than the edges, milliseconds. */
  readonly #after: ReadonlyMap<number, CountedRows>;
  /** When hosts were scraped that are not scraped at the same second of every hour. */
  readonly scrapedAt: Map<number, Float64Array> = new Map();

  constructor(
    hosts: HostTable,
    hours: readonly FinishedHour[],
    before: readonly CountedReply[],
    after: ReadonlyMap<number, readonly CountedReply[]>,
  ) {
    this.#hosts = hosts;
    this.#hours = hours;
    this.#before = countedRows(before, hosts, hours.length + 1);
    this.#after = new Map(
      [...after].map(([ms, replies]) => [ms, countedRows(replies, hosts, hours.length + 1)]),
    );
  }

  /** Whether a row had counted anything before an edge, also where it lacks some modes. */
  hasCounted(row: number, edge: number): boolean {
    const { busy, idle } = this.#before(row) ?? NOTHING;
    return [busy, idle].some((column) => !Number.isNaN(column[edge] ?? Number.NaN));
  }

  /** How the rows stand at the edges, where that can be asked; rows whose machines are mixed cannot. */
  edgesOf(presences: readonly RowPresence[]): (RowEdges | undefined)[] {
    const clocks = presences.map(({ anchors }, row) => {
      const before = this.#before(row);
      return before && isExactClock(anchors, (edge) => countedAt(before, edge));
    });
    const [exact, others] = [true, false].map((is) => clocks.filter((clock) => clock === is).length);
    // What the hosts of a cloud count by is mostly the same kind of kernel.
    const isExactCloud = (exact ?? 0) > (others ?? 0);
    return presences.map((presence, row) => this.#edgesOf(row, presence, clocks[row] ?? isExactCloud));
  }

  #edgesOf(row: number, presence: RowPresence, hasExactClock: boolean): RowEdges | undefined {
    const { spacingMs, cores, anchors, hasSeveralTargets, isMixed } = presence;
    const before = this.#before(row);
    const after = this.#after.get(spacingMs)?.(row);
    if (before === undefined || after === undefined || isMixed) return undefined;
    const usual = this.scrapedAt.get(row) ?? scrapeTimes(anchors, hourEdges(this.#hours));
    const scrapedAt = hasExactClock
      ? timesByCounters(usual, anchors, (edge) => countedAt(before, edge))
      : usual;
    return {
      scrapedAt,
      hasExactClock,
      before,
      after,
      spacingMs,
      hasSeveralTargets,
      cores: Number.isNaN(cores) ? Number.POSITIVE_INFINITY : cores,
    };
  }

  /** Instances of rows that are there at edges although nothing says when they were scraped. */
  unscheduled(presences: readonly RowPresence[]): string[] {
    const edges = hourEdges(this.#hours);
    const instances = presences.flatMap(({ anchors, spacingMs, hasSeveralTargets }, row) => {
      const before = this.#before(row);
      if (before === undefined || anchors.every(({ scrapedAt }) => Number.isNaN(scrapedAt))) return [];
      const times = scrapeTimes(anchors, edges);
      // Scrapes of such a host are not at the same second of every hour, or not of one target.
      const drifts = HOUR_MS % spacingMs !== 0 || hasSeveralTargets;
      const isIrregular =
        drifts ||
        times.some((time, edge) => Number.isNaN(time) && !Number.isNaN(before.busy[edge] as number));
      return isIrregular ? [this.#hosts.hosts[row]?.instance ?? ""] : [];
    });
    return [...new Set(instances)];
  }
}

const NOTHING: Counted = { busy: new Float64Array(), idle: new Float64Array(), ignored: new Float64Array() };

type CountedRows = (row: number) => Counted | undefined;

function countedRows(replies: readonly CountedReply[], hosts: HostTable, count: number): CountedRows {
  const rows = new Map<number, { busy?: Float64Array; idle?: Float64Array; ignored?: Float64Array }>();
  for (const { use, matrices } of replies) {
    let first = 0;
    for (const matrix of matrices) {
      const start = first;
      eachRow(matrix, hosts, (row, values) => {
        const known = remembered(rows, row, () => ({}));
        if (matrices.length === 1) known[use] = values;
        else {
          known[use] ??= new Float64Array(count).fill(Number.NaN);
          known[use].set(values, start);
        }
      });
      first += matrix.grid.count;
    }
  }
  const missing = new Float64Array(count).fill(Number.NaN);
  const none = new Float64Array(count);
  const hasIgnored = replies.some(({ use }) => use === "ignored");
  return (row) => {
    const { busy = missing, idle = missing, ignored = hasIgnored ? missing : none } = rows.get(row) ?? {};
    return rows.has(row) ? { busy, idle, ignored } : undefined;
  };
}

function eachRow(
  { series, values, grid: { count } }: Matrix,
  hosts: HostTable,
  visit: (row: number, values: Float64Array, s: number) => void,
): void {
  series.forEach((labels, s) => {
    visit(hosts.add(labels), values.subarray(s * count, (s + 1) * count), s);
  });
}

function largest(numbers: ArrayLike<number>): number {
  let most = Number.NaN;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? Number.NaN;
    if (!(number <= most) && !Number.isNaN(number)) most = number;
  }
  return most;
}
