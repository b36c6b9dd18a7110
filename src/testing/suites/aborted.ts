import { expectThat, failureOf } from "./expect.js";

/** After how many milliseconds calls are given up: from before anything was written to after everything was. */
export const ABORTED_AFTER_MS: readonly number[] = [0, 1, 3, 8, 20, 50];

/**
 * Begins a call and aborts it after a while. Whether it was done before that; throws if it rejected with
 * anything but the signal's own reason.
 */
export async function abortedAfter(
  ms: number,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const reason = new Error(`enough after ${ms} ms`);
  const controller = new AbortController();
  const calling = failureOf(() => call(controller.signal));
  await new Promise((resolve) => setTimeout(resolve, ms));
  controller.abort(reason);
  const failure = await calling;
  if (failure !== undefined) expectThat(failure.error === reason, `rejected with ${String(failure.error)}`);
  return failure === undefined;
}
