/** How a kind of torture went. */
export interface TortureResult {
  readonly kind: string;
  readonly tried: number;
  readonly failed: number;
  /** The first of them, each with what would repeat it. */
  readonly failures: readonly string[];
}

export interface TortureOptions {
  readonly seed: number;
  /** How many tries, over all kinds. */
  readonly count: number;
  /** Aborted, a campaign says what it has tried so far. */
  readonly signal?: AbortSignal | undefined;
}

const MOST_TOLD = 10;

/** Counts tries and failures by kind, in the order in which the kinds came up. */
export class Tally {
  readonly #kinds = new Map<string, { kind: string; tried: number; failed: number; failures: string[] }>();

  /** @param failure What went wrong, if anything did. */
  add(kind: string, failure: string | undefined): void {
    const result = this.#kinds.get(kind) ?? { kind, tried: 0, failed: 0, failures: [] };
    this.#kinds.set(kind, result);
    result.tried++;
    if (failure === undefined) return;
    result.failed++;
    if (result.failures.length < MOST_TOLD) result.failures.push(failure);
  }

  results(): TortureResult[] {
    return [...this.#kinds.values()];
  }
}
