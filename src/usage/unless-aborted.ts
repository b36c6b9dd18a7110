/**
 * The result of `work`, or the signal's reason as soon as it is aborted. The work itself goes on, so this is only
 * for work that changes nothing, such as connecting or reading.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    // A race takes note of both, so that work that fails after the signal is no unhandled rejection.
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
