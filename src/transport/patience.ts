/** Requests in a row without a good answer after which nothing is asked again. Those under way come on top. */
const MOST_UNANSWERED = 12;
/** How long after the first of them something may be asked again. The deadline of that attempt comes on top. */
const LONGEST_TROUBLE_MS = 40_000;
/** After a pause as long as this, requests are another run's. */
const PAUSE_MS = 60_000;

/**
 * How often and how long a service is asked again that does not answer. All requests to a service share it, because
 * a service that is down is down for all of them: whatever was to be asked, it costs 20 requests and a minute at most.
 * A good answer to any of them makes it whole again, so a service that fails now and then is never given up.
 */
export class Patience {
  #unanswered = 0;
  #since = 0;
  #lastAsked = Number.NEGATIVE_INFINITY;

  /** A request is sent. */
  asked(): void {
    const now = performance.now();
    if (now - this.#lastAsked > PAUSE_MS) this.#unanswered = 0;
    if (this.#unanswered === 0) this.#since = now;
    this.#unanswered += 1;
    this.#lastAsked = now;
  }

  /** A good answer has come. */
  answered(): void {
    this.#unanswered = 0;
  }

  /** Whether something may be asked again, so many milliseconds from now. */
  allowsAfter(waitMs: number): boolean {
    if (this.#unanswered === 0) return true;
    return (
      this.#unanswered < MOST_UNANSWERED && performance.now() + waitMs - this.#since < LONGEST_TROUBLE_MS
    );
  }
}
