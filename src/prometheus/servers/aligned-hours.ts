import { assertBatch } from "../../usage/assert-batch.js";
import { type CpuGap, type CpuHours, isGap } from "../../usage/cpu.js";
import { badInput } from "../../usage/errors.js";
import { type FinishedHour, formatInstantOrNull, spanText } from "../../usage/hour.js";
import { errorOf } from "./named-sources.js";

/** Some hours of one source, in a batch that may have more of them: hour `t` is at `from + t` there. */
export interface HoursOfSource<Batch = CpuHours | CpuGap> {
  readonly name: string;
  readonly batch: Batch;
  readonly from: number;
}

/** The same hours of every source. */
export interface AlignedHours {
  readonly hours: readonly FinishedHour[];
  readonly parts: readonly HoursOfSource[];
}

/** Batches of one source, in its own sizes. */
export interface HourStream {
  readonly name: string;
  readonly batches: AsyncIterable<CpuHours | CpuGap>;
}

/**
 * All the hours in order, as far as every source has them by then: each has its batches in sizes of its own. One batch
 * of each is held; the next is asked for when the last of its hours is taken. A source that fails has a gap for the rest.
 *
 * @param cancel Called when no more hours are taken, so that nobody waits for a source that is slow.
 */
export async function* alignedHours(
  hours: readonly FinishedHour[],
  streams: readonly HourStream[],
  cancel: () => void,
): AsyncGenerator<AlignedHours, void, undefined> {
  const sources = streams.map((stream) => new HeldBatch(stream, hours));
  try {
    for (let from = 0; from < hours.length; ) {
      await Promise.all(sources.map((source) => source.fill(from)));
      const to = Math.min(...sources.map(({ end }) => end));
      yield { hours: hours.slice(from, to), parts: sources.map((source) => source.part(from)) };
      from = to;
    }
  } finally {
    cancel();
    await Promise.allSettled(sources.map((source) => source.stop()));
  }
}

/** The batch of a source that is being taken, hour by hour. */
class HeldBatch {
  readonly #name: string;
  readonly #hours: readonly FinishedHour[];
  /** Those of which it has not answered yet. */
  readonly #waiting: Set<FinishedHour>;
  readonly #batches: AsyncIterator<CpuHours | CpuGap>;
  #batch: CpuHours | CpuGap;
  #start = 0;

  constructor({ name, batches }: HourStream, hours: readonly FinishedHour[]) {
    this.#name = name;
    this.#hours = hours;
    this.#waiting = new Set(hours);
    this.#batches = batches[Symbol.asyncIterator]();
    this.#batch = { hours: [], error: new Error("nothing has been asked for yet") };
  }

  /** The number of the first hour after the batch. */
  get end(): number {
    return this.#start + this.#batch.hours.length;
  }

  /** Gets the batch that begins with hour `from`, if the one that is held ends there. */
  async fill(from: number): Promise<void> {
    if (this.end > from) return;
    this.#start = from;
    this.#batch = await this.#next(from);
  }

  async #next(from: number): Promise<CpuHours | CpuGap> {
    try {
      const { value, done } = await this.#batches.next();
      if (done === true)
        throw badInput(
          `cpuHours of ${this.#name} said nothing of ${spanText(this.#hours.slice(from))}; give each hour of the request once`,
        );
      this.#assertNext(value, from);
      return isGap(value) ? { hours: value.hours, error: errorOf(this.#name, value.error) } : value;
    } catch (error) {
      return { hours: this.#hours.slice(from), error: errorOf(this.#name, error) };
    }
  }

  /** Refuses what a source of somebody's own may give instead of a batch that begins with hour `from`. */
  #assertNext(batch: CpuHours | CpuGap, from: number): void {
    assertBatch(batch, this.#name, this.#waiting);
    const { hours } = batch;
    const odd = hours.length === 0 ? 0 : hours.findIndex((hour, t) => hour !== this.#hours[from + t]);
    if (odd < 0) return;
    const there = formatInstantOrNull(hours[odd] ?? null) ?? "no hour";
    const next = formatInstantOrNull(this.#hours[from + odd] ?? null) ?? "none";
    throw badInput(
      `cpuHours of ${this.#name}: ${there} comes where ${next} is next; give every hour once, ascending`,
    );
  }

  part(from: number): HoursOfSource {
    return { name: this.#name, batch: this.#batch, from: from - this.#start };
  }

  async stop(): Promise<void> {
    await this.#batches.return?.();
  }
}
