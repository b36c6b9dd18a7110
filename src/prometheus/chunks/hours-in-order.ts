import type { CpuGap, CpuHours } from "../../usage/cpu.js";
import { type ErrorCode, isAdaCarbonError } from "../../usage/errors.js";
import type { FinishedHour } from "../../usage/hour.js";
import { afterAnswer, afterRefusal, type ChunkSize, nextChunk } from "./plan-chunks.js";

/** One chunk as it was answered. */
export interface FetchedChunk {
  readonly batch: CpuHours;
  /** What its answers take in memory, decoded. */
  readonly columnBytes: number;
}

interface HoursInOrder {
  /** Ascending; need not be contiguous. */
  readonly hours: readonly FinishedHour[];
  /** Gets contiguous hours; stops when its signal says so. */
  readonly fetch: (hours: readonly FinishedHour[], signal: AbortSignal) => Promise<FetchedChunk>;
  readonly firstSize: ChunkSize;
  readonly targetBytes: number;
  /** UTC milliseconds. */
  readonly clock: () => number;
  readonly signal: AbortSignal | undefined;
}

/** A chunk that has been asked for. */
interface Asked {
  readonly hours: readonly FinishedHour[];
  /** Never rejects: nobody may be waiting for it when it fails. */
  readonly outcome: Promise<Outcome>;
  cancel(): void;
}

type Outcome = (FetchedChunk & { readonly elapsedMs: number }) | { readonly error: unknown };

/**
 * All the hours in order, chunk by chunk. While one chunk is worked on or waited for, the next one is under way,
 * and no more than that one: memory holds two. The first answer, and the first after a failure, is waited for
 * alone, because how large and quick it is decides how to go on.
 *
 * What failed is asked for in halves where that may help, and is a gap where it does not. A server that is down or
 * lets nobody in is not asked again, nor is one that goes on refusing: all the hours left are then one gap. Whoever
 * stops taking chunks cancels what is under way.
 */
export async function* hoursInOrder(job: HoursInOrder): AsyncGenerator<CpuHours | CpuGap, void, undefined> {
  let size = job.firstSize;
  let waiting = job.hours;
  let asked: Asked[] = [];
  /** Failures since the last good answer. */
  let failures = 0;
  const askUpTo = (count: number): void => {
    while (asked.length < count && waiting.length > 0) {
      const hours = nextChunk(waiting, size.hours);
      waiting = waiting.slice(hours.length);
      asked.push(ask(job, hours));
    }
  };
  const takeBack = (): void => {
    for (const { cancel } of asked) cancel();
    waiting = [...asked.flatMap(({ hours }) => hours), ...waiting];
    asked = [];
  };

  try {
    for (;;) {
      askUpTo(size.proven ? 2 : 1);
      const chunk = asked.shift();
      if (chunk === undefined) return;
      const outcome = await chunk.outcome;
      job.signal?.throwIfAborted();
      const { hours } = chunk;
      if (!("error" in outcome)) {
        failures = 0;
        size = afterAnswer(size, { ...outcome, hours }, job.targetBytes);
        askUpTo(1);
        yield outcome.batch;
        continue;
      }
      const { error } = outcome;
      if (!isAdaCarbonError(error) || ENDS_THE_RUN.includes(error.code)) throw error;
      failures += 1;
      if (failures >= mostFailures(error.code)) {
        // The rest would only come to the same.
        takeBack();
        yield { hours: [...hours, ...waiting], error };
        return;
      }
      const fitsInHalves = MAY_FIT_IN_HALVES.includes(error.code);
      if (fitsInHalves) size = afterRefusal(size, hours);
      if (fitsInHalves && hours.length > 1) {
        takeBack();
        waiting = [...hours, ...waiting];
      } else {
        yield { hours, error };
      }
    }
  } finally {
    takeBack();
  }
}

const ENDS_THE_RUN: readonly ErrorCode[] = ["unauthorised", "not-found"];
/** A server that has been asked again in vain is down. */
const IS_DOWN: readonly ErrorCode[] = ["unreachable", "server-error"];
const MAY_FIT_IN_HALVES: readonly ErrorCode[] = ["too-large", "timeout"];

/** How many failures in a row end it. Fourteen halvings lead from the largest chunk to one hour. */
function mostFailures(code: ErrorCode): number {
  if (IS_DOWN.includes(code)) return 1;
  if (code === "timeout") return 4;
  return MAY_FIT_IN_HALVES.includes(code) ? 16 : 2;
}

function ask(job: HoursInOrder, hours: readonly FinishedHour[]): Asked {
  const own = new AbortController();
  const signal = job.signal === undefined ? own.signal : AbortSignal.any([job.signal, own.signal]);
  const started = job.clock();
  const outcome = job.fetch(hours, signal).then(
    (fetched): Outcome => ({ ...fetched, elapsedMs: job.clock() - started }),
    (error: unknown): Outcome => ({ error }),
  );
  return { hours, outcome, cancel: () => own.abort() };
}
