import { HOUR_MS } from "../../usage/hour.js";
import { numberAt } from "../../usage/series.js";
import { countedAt } from "../edges/edge-use.js";
import type { ChunkEdges } from "./chunk-edges.js";

/** So near are the boot times of one machine at two addresses. Machines that are made together boot within seconds. */
export const SAME_MACHINE_BOOT_MS = 1_000;
/** Counters of one machine at one time, each interpolated between its own scrapes, CPU-seconds a CPU. */
const SAME_SECONDS = 2;
/** Machines that boot in the same second are few, but for a cloud that starts anew. */
export const MOST_NEIGHBOURS = 8;

/** Two rows of different instances that look like one machine, and the hour in which they do. */
interface Candidate {
  readonly row: number;
  readonly other: number;
  readonly hour: number;
}

interface Standing {
  readonly row: number;
  readonly bootTime: number;
  /** Busy CPU-seconds counted until the start of an hour, and until the last edge at which anything was. */
  readonly busyAt: (hour: number) => number;
  readonly busyInAll: number;
  /** The same of all modes, which is for how long its CPUs have counted. */
  readonly countedAt: (hour: number) => number;
  readonly countedInAll: number;
}

/** Neighbours among rows with one boot time, by what they have counted. */
export function candidatesOf({ hosts: { hosts }, presences, uses, edges }: ChunkEdges): Candidate[] {
  const standing = hosts.flatMap((_, row): Standing[] => {
    const [bootTime, use, edge] = [presences[row]?.bootMax ?? Number.NaN, uses[row], edges[row]];
    if (use === undefined || edge === undefined) return [];
    const last = edge.before.busy.findLastIndex((busy) => !Number.isNaN(busy));
    return [
      {
        row,
        bootTime,
        busyAt: (hour) => edge.before.busy[hour] as number,
        busyInAll: edge.before.busy[last] ?? 0,
        countedAt: (hour) => countedAt(edge.before, hour),
        countedInAll: last < 0 ? 0 : countedAt(edge.before, last),
      },
    ];
  });
  const instanceOf = ({ row }: Standing): string | undefined => hosts[row]?.instance;
  // Rows of one instance are compared whatever their boot times say, or do not say.
  const ofOneInstance = [...Map.groupBy(standing, instanceOf).values()].flatMap((rows) => pairsOf(rows));
  const ofOneBoot = runsOfOneBoot(standing).flatMap((rows) => pairsOf(rows, MOST_NEIGHBOURS));
  const ofTwoInstances = ofOneBoot.filter(([row, other]) => instanceOf(row) !== instanceOf(other));
  return [...ofOneInstance, ...ofTwoInstances].flatMap(([row, other]): Candidate[] => {
    const hour = sameHour(row, other, presences, uses);
    return hour === undefined ? [] : [{ row: row.row, other: other.row, hour }];
  });
}

/** Each row with those that come after it, as far as `most` places behind it. */
function pairsOf(rows: readonly Standing[], most: number = rows.length): (readonly [Standing, Standing])[] {
  return rows.flatMap((row, i) => rows.slice(i + 1, i + 1 + most).map((other) => [row, other] as const));
}

/**
 * Rows that end and rows that begin where those end, with the same boot time: perhaps a machine whose address changed.
 * Their raw samples are then compared in the hour in between.
 */
export function successors({
  presences,
  hasCounted,
}: Pick<ChunkEdges, "presences" | "hasCounted">): [row: number, successor: number][] {
  const spans = presences.map(({ scrapes, spacingMs, bootMin, bootMax }, row) => {
    const first = scrapes.findIndex((count) => count > 0);
    const last = first < 0 ? scrapes.length : scrapes.findLastIndex((count) => count > 0);
    return {
      row,
      first: Math.max(0, first),
      last,
      begins: first > 0 || !hasCounted(row, 0),
      ends:
        last < scrapes.length - 1 ||
        !hasCounted(row, scrapes.length) ||
        // VictoriaMetrics answers at an edge by a scrape of up to an hour before it.
        (numberAt(scrapes, last) + 2) * spacingMs < HOUR_MS,
      bootMin,
      bootMax,
    };
  });
  const begun = spans.filter(({ begins }) => begins);
  return spans
    .filter(({ ends }) => ends)
    .flatMap((ended) =>
      begun
        .filter(
          ({ row, first, bootMin }) =>
            row !== ended.row &&
            first >= ended.last &&
            Math.abs(bootMin - ended.bootMax) <= SAME_MACHINE_BOOT_MS,
        )
        .map(({ row }): [number, number] => [ended.row, row]),
    );
}

function runsOfOneBoot(standing: readonly Standing[]): Standing[][] {
  const sorted = standing.filter(({ bootTime }) => !Number.isNaN(bootTime));
  sorted.sort((a, b) => a.bootTime - b.bootTime);
  const runs: Standing[][] = [];
  for (const row of sorted) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && row.bootTime - last.bootTime <= SAME_MACHINE_BOOT_MS) runs.at(-1)?.push(row);
    else runs.push([row]);
  }
  const several = runs.filter(({ length }) => length > 1);
  for (const run of several) run.sort((a, b) => a.busyInAll - b.busyInAll);
  // Of rows that do not say when they booted, those that have counted for as long may have booted together.
  const silent = standing.filter(({ bootTime }) => Number.isNaN(bootTime));
  return [...several, silent.sort((a, b) => a.countedInAll - b.countedInAll)];
}

/** An hour in which both tell the same; `undefined` where there is none. */
function sameHour(
  one: Standing,
  other: Standing,
  presences: ChunkEdges["presences"],
  uses: ChunkEdges["uses"],
): number | undefined {
  const [a, b] = [uses[one.row], uses[other.row]];
  const [x, y] = [presences[one.row], presences[other.row]];
  if (a === undefined || b === undefined || x === undefined || y === undefined) return undefined;
  // Between its own scrapes each may have worked otherwise than evenly.
  const apart = ((x.spacingMs + y.spacingMs) / 1000 + SAME_SECONDS) * x.cores;
  const hour = a.total.findIndex((total, i) => !Number.isNaN(total) && !Number.isNaN(b.total[i] as number));
  if (hour < 0) return undefined;
  const isSame =
    Math.abs((a.busy[hour] as number) - (b.busy[hour] as number)) <= apart &&
    Math.abs((a.total[hour] as number) - (b.total[hour] as number)) <= SAME_SECONDS * x.cores &&
    Math.abs(one.busyAt(hour) - other.busyAt(hour)) <= apart &&
    Math.abs(one.countedAt(hour) - other.countedAt(hour)) <= apart;
  return isSame ? hour : undefined;
}
