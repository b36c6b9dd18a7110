import { HOUR_MS, type Interval } from "../../usage/hour.js";
import type { RowPresence } from "../edges/measure-edges.js";
import type { ChunkEdges } from "./chunk-edges.js";

/** Rows of hosts that may be one machine: those of one instance label, or of several that turned out to be one machine. */
export interface RowGroup {
  readonly instances: readonly string[];
  readonly rows: readonly number[];
  /** Only series of this project, where another group has the others of that instance. */
  readonly onlyProject?: string | undefined;
}

/** The first and the last hour in which something was seen. */
export interface SeenSpan {
  readonly first: number;
  readonly last: number;
}

/** In which hours nothing happened to a group of rows. */
export interface GroupHours extends RowGroup, SeenSpan {
  /** 1 in an hour in which every row that was about was scraped at both edges with its CPUs ticking in between. */
  readonly isClean: Uint8Array;
  /** When each row was seen, in the order of `rows`. */
  readonly spans: readonly SeenSpan[];
  /** Rows that say in clean hours what another row says, too. */
  readonly doubles: readonly DoubledRow[];
  /** Whether two machines with one instance label were seen in one clean hour. */
  readonly isShared: boolean;
}

/** One machine under two sets of labels. */
interface DoubledRow {
  /** The row that is counted. */
  readonly counted: number;
  /** The row that says the same. */
  readonly double: number;
}

/** What is known of each row. */
interface RowKnowledge extends Pick<ChunkEdges, "presences" | "uses" | "hasCounted"> {
  /** Whether two rows that are there at the same time turned out to be one machine. */
  readonly isSameMachine: (row: number, other: number) => boolean;
}

/** What each group of rows was seen doing, hour by hour. */
export function groupHours(groups: readonly RowGroup[], hours: number, known: RowKnowledge): GroupHours[] {
  return groups.map((group) => {
    const seen = group.rows.map((row) => seenRow(row, hours, known));
    const isClean = new Uint8Array(hours);
    const first = seen.reduce((least, row) => Math.min(least, row.first), hours);
    const last = seen.reduce((most, row) => Math.max(most, row.last), -1);
    for (let hour = first; hour <= last; hour++) isClean[hour] = Number(areToldInFull(seen, hour));
    return { ...group, isClean, first, last, spans: seen, ...comparedRows(group, isClean, known) };
  });
}

/** Whether every row that was about in an hour tells it. One seen earlier and later may only have been out of sight. */
function areToldInFull(rows: readonly SeenRow[], hour: number): boolean {
  let about = 0;
  for (const { tells, first, last } of rows) {
    if (hour < first || hour > last) continue;
    if (tells[hour] !== 1) return false;
    about++;
  }
  return about > 0;
}

interface SeenRow extends SeenSpan {
  /** 1 in an hour that its edges tell. */
  readonly tells: Uint8Array;
}

function seenRow(row: number, hours: number, known: RowKnowledge): SeenRow {
  const { presences, uses, hasCounted } = known;
  const use = uses[row];
  const tells = new Uint8Array(hours);
  let first = hours;
  let last = -1;
  for (let hour = 0; hour < hours; hour++) {
    tells[hour] = Number(!Number.isNaN(use?.total[hour] ?? Number.NaN));
    if (tells[hour] !== 1 && !wasSeen(presences[row], row, hour, hasCounted)) continue;
    first = Math.min(first, hour);
    last = hour;
  }
  return { tells, first, last };
}

/**
 * By the scrapes of its first CPU, or by what any CPU had counted at the end of the hour: the first may be offline. A row
 * whose CPUs have other names than usual only by what they had counted at either edge.
 */
function wasSeen(
  presence: RowPresence | undefined,
  row: number,
  hour: number,
  hasCounted: (row: number, edge: number) => boolean,
): boolean {
  if (hasCounted(row, hour + 1)) return true;
  if (presence !== undefined && !Number.isNaN(presence.spacingMs))
    return (presence.scrapes[hour] as number) > 0;
  return hasCounted(row, hour);
}

/** Rows of one group that are there at the same time: one machine if their samples say so, else two. */
function comparedRows(
  { rows }: RowGroup,
  isClean: Uint8Array,
  { uses, isSameMachine }: RowKnowledge,
): Pick<GroupHours, "doubles" | "isShared"> {
  const doubles: DoubledRow[] = [];
  let isShared = false;
  rows.forEach((row, i) => {
    for (const earlier of rows.slice(0, i)) {
      const areTogether = isClean.some(
        (clean, hour) =>
          clean === 1 &&
          [row, earlier].every((compared) => !Number.isNaN(uses[compared]?.total[hour] ?? Number.NaN)),
      );
      if (!areTogether) continue;
      if (!isSameMachine(earlier, row)) isShared = true;
      else {
        doubles.push({ counted: earlier, double: row });
        return;
      }
    }
  });
  return { doubles, isShared };
}

/** Stretches of hours, as indices, the last one included, in which something happened while the instance was about. */
export function unclearStretches({ isClean, first, last }: GroupHours): Interval[] {
  const stretches: { from: number; to: number }[] = [];
  for (let hour = first; hour <= last; hour++) {
    if (isClean[hour] === 1) continue;
    const before = stretches.at(-1);
    if (before?.to === hour - 1) before.to = hour;
    else stretches.push({ from: hour, to: hour });
  }
  return stretches;
}

/** The time of hours given as indices, UTC milliseconds. */
export function timeOf(stretch: Interval, firstHour: number): Interval {
  return { from: firstHour + stretch.from * HOUR_MS, to: firstHour + (stretch.to + 1) * HOUR_MS };
}
