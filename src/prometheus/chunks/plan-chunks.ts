import { DAY_MS, type FinishedHour, HOUR_MS } from "../../usage/hour.js";

/**
 * How many hours to ask for at once, as far as a run has learnt it. A value: what happens to a chunk makes
 * another one.
 */
export interface ChunkSize {
  readonly hours: number;
  /** What is never passed: what a series may have, what the caller wants, half of what was refused. */
  readonly ceilingHours: number;
  /** Whether the last answer was a good one. Until then nothing says that as much again will be. */
  readonly proven: boolean;
  /** A chunk was refused: for its size, or for one of its hours? */
  readonly suspect?: Suspect;
}

interface Suspect {
  /** The last hour of that chunk. */
  readonly last: FinishedHour;
  /** The ceiling before it was refused. */
  readonly ceilingHours: number;
}

/** What an answer to a chunk turned out to be. */
interface ChunkAnswer {
  readonly hours: readonly FinishedHour[];
  /** What they take in memory, decoded. */
  readonly columnBytes: number;
  readonly elapsedMs: number;
}

/** Points that Prometheus answers with for one series; it refuses more. */
export const MOST_POINTS = 11_001;
/** A day: nobody knows yet how many hosts there are, and of ten thousand it is 8 MB. */
const FIRST_HOURS = 24;
/** An answer that took longer is not asked for in larger pieces. */
const QUICK_MS = 20_000;

/** The size to start with: a day, or what the caller wants if that is less. */
export function firstSize(mostHours: number): ChunkSize {
  const ceilingHours = Math.max(1, Math.min(Math.floor(mostHours), MOST_POINTS));
  return { hours: Math.min(FIRST_HOURS, ceilingHours), ceilingHours, proven: false };
}

/**
 * After a good answer: at most twice as much if it was quick, and as much as will fit into `targetBytes` if the
 * hours to come are like those that came. Once all hours of a refused chunk have been got in parts, its size was
 * the reason, and the ceiling stays.
 */
export function afterAnswer(size: ChunkSize, answer: ChunkAnswer, targetBytes: number): ChunkSize {
  const { hours, columnBytes, elapsedMs } = answer;
  const { suspect, ...known } = size;
  const wished = elapsedMs <= QUICK_MS ? size.hours * 2 : size.hours;
  const fitting = columnBytes > 0 ? Math.floor(targetBytes / (columnBytes / hours.length)) : wished;
  const got = suspect !== undefined && (hours.at(-1) ?? 0) >= suspect.last;
  return {
    ...known,
    ...(suspect === undefined || got ? {} : { suspect }),
    hours: Math.max(1, Math.min(wished, fitting, size.ceilingHours)),
    proven: true,
  };
}

/**
 * After a chunk that the server would not or could not serve: half of it, and never more again. But if it comes
 * down to a single hour that fails all by itself, it was that hour and not the size; the old ceiling is back,
 * and the size grows towards it with every good answer.
 */
export function afterRefusal(size: ChunkSize, hours: readonly FinishedHour[]): ChunkSize {
  const last = hours.at(-1);
  if (last === undefined) return size;
  const { suspect, ...known } = size;
  if (hours.length === 1)
    return { ...known, hours: 1, ceilingHours: suspect?.ceilingHours ?? size.ceilingHours, proven: false };
  const half = Math.ceil(hours.length / 2);
  return {
    hours: half,
    ceilingHours: half,
    proven: false,
    suspect: suspect ?? { last, ceilingHours: size.ceilingHours },
  };
}

/**
 * The next hours to ask for: those of the same run without a hole, at most `mostHours`, and if that does not
 * reach its end, whole UTC days where it reaches the end of one.
 */
export function nextChunk(waiting: readonly FinishedHour[], mostHours: number): FinishedHour[] {
  const first = waiting[0];
  if (first === undefined) return [];
  let length = 1;
  while (waiting[length] === first + length * HOUR_MS && length <= mostHours) length++;
  if (length <= mostHours) return waiting.slice(0, length);
  const midnight = Math.floor((first + mostHours * HOUR_MS) / DAY_MS) * DAY_MS;
  return waiting.slice(0, midnight > first ? (midnight - first) / HOUR_MS : mostHours);
}
