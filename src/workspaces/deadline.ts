/** A signal that aborts with another one, or after a while. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether it was the time that ran out. */
  readonly passed: boolean;
  /** The promise, or a rejection as soon as the signal aborts, for those who do not listen to it. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Lets go of the other signal and of the timer. */
  clear(): void;
}

/**
 * Like `AbortSignal.any` with `AbortSignal.timeout`, but it lets go: the other signal lives as long as the
 * tracker, and nothing of a poll may stay with it.
 */
export function deadline(ms: number, other: AbortSignal): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort(new DOMException("it took too long", "TimeoutError"));
  }, ms);
  const forward = (): void => controller.abort(other.reason);
  if (other.aborted) forward();
  else other.addEventListener("abort", forward);
  return {
    signal: controller.signal,
    get passed() {
      return passed;
    },
    race: (promise) =>
      new Promise((resolve, reject) => {
        const stop = (): void => reject(controller.signal.reason);
        if (controller.signal.aborted) stop();
        controller.signal.addEventListener("abort", stop, { once: true });
        promise.then(resolve, reject);
      }),
    clear: () => {
      clearTimeout(timer);
      other.removeEventListener("abort", forward);
    },
  };
}
