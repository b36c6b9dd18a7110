/** Times that are closer together are of one measurement, whose sessions were stored one after the other. */
const SAME_MEASUREMENT_MS = 30_000;
/** Trackers do not measure more often, and a page may be a little late to hear of it. */
const LEAST_PACE_MS = 60_000;

/**
 * How often machines are measured: told from the times up to which the tracker had counted, as they were seen; before
 * that, what the tracker was told to do.
 */
export class MeasuringPace {
  readonly #toldMs: number | null;
  #last: number | null = null;
  #steps: readonly number[] = [];

  constructor(toldMs: number | null = null) {
    this.#toldMs = toldMs;
  }

  /** @param countedUntil Milliseconds; `null` where nothing is being counted. */
  note(countedUntil: number | null): void {
    if (countedUntil === null) return;
    const step = this.#last === null ? null : countedUntil - this.#last;
    if (step !== null && step < SAME_MEASUREMENT_MS) return;
    if (step !== null) this.#steps = [...this.#steps, step].slice(-2);
    this.#last = countedUntil;
  }

  /**
   * Milliseconds; `null` where nobody said, before there were three measurements. After an outage one step is long, and
   * the other counts.
   */
  get everyMs(): number | null {
    const everyMs = this.#steps.length < 2 ? this.#toldMs : Math.min(...this.#steps);
    return everyMs === null ? null : Math.max(LEAST_PACE_MS, everyMs);
  }
}
