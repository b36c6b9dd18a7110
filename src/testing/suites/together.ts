import { expectThat, failureOf } from "./expect.js";

/** After how many milliseconds calls are given up: from before anything was written to after everything was. */
const ABORTED_AFTER_MS: readonly number[] = [0, 1, 3, 8, 20, 50];
const LAST_MARK = 12;

/** Writes batch after batch, each with the next mark, the last with 12, while `look` looks at what is there. */
export async function watchedWrites(
  write: (mark: number) => Promise<void>,
  look: () => Promise<void>,
): Promise<void> {
  await write(1);
  let writing = true;
  const done = (async () => {
    for (let mark = 2; mark <= LAST_MARK; mark++) await write(mark);
  })().finally(() => {
    writing = false;
  });
  const watching = (async () => {
    while (writing) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  })();
  const results = await Promise.allSettled([done, watching]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/**
 * Writes are aborted after a while, each with the next mark: every unit must then have a mark of before, or the new
 * one; all of them the new one if the call was done.
 *
 * @param marks The marks of each unit that is replaced whole, by what it is called.
 */
export async function abortedWrites(
  write: (mark: number, signal?: AbortSignal) => Promise<void>,
  marks: () => Promise<ReadonlyMap<string, readonly number[]>>,
): Promise<void> {
  await write(0);
  for (const [round, afterMs] of ABORTED_AFTER_MS.entries()) {
    const mark = round + 1;
    const completed = await abortedAfter(afterMs, (signal) => write(mark, signal));
    for (const [unit, found] of await marks()) {
      const allowed = found.every((unitMark) => (completed ? unitMark === mark : unitMark <= mark));
      expectThat(allowed, `${unit} has ${found.join(" and ")} after write ${mark}`);
    }
  }
  await write(99);
  for (const [unit, found] of await marks())
    expectThat(
      found.every((unitMark) => unitMark === 99),
      `${unit} has ${found.join(" and ")} after a whole write`,
    );
}

/** Whether a call was done before it was aborted; throws if it rejected with anything but the signal's own reason. */
async function abortedAfter(ms: number, call: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> {
  const reason = new Error(`enough after ${ms} ms`);
  const controller = new AbortController();
  const calling = failureOf(() => call(controller.signal));
  await new Promise((resolve) => setTimeout(resolve, ms));
  controller.abort(reason);
  const failure = await calling;
  if (failure !== undefined) expectThat(failure.error === reason, `rejected with ${String(failure.error)}`);
  return failure === undefined;
}
