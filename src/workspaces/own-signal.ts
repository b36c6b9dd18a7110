/**
 * Runs with a signal that follows the caller's, or aborts after a while, and is let go of afterwards: theirs may live for
 * months, and what `AbortSignal.any` hangs on it would stay.
 */
export async function withOwnSignal<T>(
  theirs: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs?: number,
): Promise<T> {
  const own = new AbortController();
  const forward = (): void => own.abort(theirs?.reason);
  const tooLong = (): void => own.abort(new DOMException("it took too long", "TimeoutError"));
  const timer = timeoutMs === undefined ? undefined : setTimeout(tooLong, timeoutMs);
  if (theirs?.aborted === true) forward();
  theirs?.addEventListener("abort", forward);
  try {
    return await work(own.signal);
  } finally {
    clearTimeout(timer);
    theirs?.removeEventListener("abort", forward);
  }
}
