/** Measurements that are closer together are one, whose sessions were stored one after the other. */
const LEAST_MS = 60_000;

/** How often machines are measured: told from the times up to which the tracker had counted, as they were seen. */
export class MeasuringPace {
  #last: number | null = null;
  #steps: readonly number[] = [];

  /** @param countedUntil Milliseconds; `null` where nothing is being counted. */
  note(countedUntil: number | null): void {
    if (countedUntil === null || (this.#last !== null && countedUntil < this.#last + LEAST_MS / 2)) return;
    if (this.#last !== null) this.#steps = [...this.#steps, countedUntil - this.#last].slice(-2);
    this.#last = countedUntil;
  }

  /** Milliseconds; `null` before there were three measurements. After an outage one step is long, and the other counts. */
  get everyMs(): number | null {
    return this.#steps.length < 2 ? null : Math.max(LEAST_MS, Math.min(...this.#steps));
  }
}
