import { isAdaCarbonError } from "../usage/errors.js";
import type { Logger } from "../usage/logger.js";

const MINUTE_MS = 60_000;
/** While something goes on failing, this often a line says so. */
const REMIND_MS = 10 * MINUTE_MS;

/** How something that is done again and again goes, and what there is to say of it. */
export class Attempts {
  readonly #what: string;
  readonly #mostAgeMs: number;
  readonly #clock: () => number;
  readonly #log: Logger;
  #succeededAt: number | undefined;
  #streak: { readonly since: number; count: number; saidAt: number } | undefined;

  /**
   * @param what It in one word: `poll`, `sync`.
   * @param mostAgeMs How old the last success may be before something is wrong.
   */
  constructor(what: string, mostAgeMs: number, clock: () => number, log: Logger) {
    this.#what = what;
    this.#mostAgeMs = mostAgeMs;
    this.#clock = clock;
    this.#log = log;
  }

  /** UTC milliseconds. */
  get succeededAt(): number | undefined {
    return this.#succeededAt;
  }

  succeeded(): void {
    const now = this.#clock();
    this.#succeededAt = now;
    const streak = this.#streak;
    this.#streak = undefined;
    if (streak === undefined) return;
    const minutes = minutesBetween(streak.since, now);
    this.#log.info({ failed: streak.count }, `${this.#what}: all is well again after ${minutes} minutes`);
  }

  /** The first failure is said at once, those that follow every ten minutes. */
  failed(error: unknown): void {
    const now = this.#clock();
    this.#streak ??= { since: now, count: 0, saidAt: Number.NEGATIVE_INFINITY };
    this.#streak.count += 1;
    if (now - this.#streak.saidAt < REMIND_MS) return;
    this.#streak.saidAt = now;
    const { since, count } = this.#streak;
    const sinceText = count === 1 ? "" : ` for ${minutesBetween(since, now)} minutes`;
    this.#log.warn(
      { failed: count },
      `${this.#what} fails${sinceText}, and is tried again: ${reasonOf(error)}`,
    );
  }

  /** Why what it does cannot be relied on now; `undefined` if it can. Names no machine. */
  trouble(): string | undefined {
    if (this.#succeededAt === undefined) return `no ${this.#what} has succeeded yet`;
    const age = this.#clock() - this.#succeededAt;
    if (age <= this.#mostAgeMs) return undefined;
    return `the last ${this.#what} that succeeded was ${minutesBetween(0, age)} minutes ago`;
  }
}

/** An error in one line; of one that is not ours, all that is known. */
export function reasonOf(error: unknown): string {
  if (isAdaCarbonError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function minutesBetween(from: number, to: number): number {
  return Math.round((to - from) / MINUTE_MS);
}
