/** Runs with a signal that follows the caller's and is let go of afterwards: theirs may live for months. */
export async function withOwnSignal<T>(
  theirs: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const forward = (): void => own.abort(theirs?.reason);
  if (theirs?.aborted === true) forward();
  theirs?.addEventListener("abort", forward);
  try {
    return await work(own.signal);
  } finally {
    theirs?.removeEventListener("abort", forward);
  }
}
