import { badInput } from "../usage/errors.js";

/** Runs a task as soon as there is room for it, and passes on how it ends. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * At most `most` tasks run at a time; the others wait their turn, first come, first served. A task is not
 * called before it is its turn, so what it does first can be to look whether it is still wanted.
 * `bad-input` unless `most` is a whole number from 1 on.
 */
export function limitTo(most: number): Limit {
  if (!Number.isSafeInteger(most) || most < 1)
    throw badInput(`a concurrency of ${most} is not a whole number from 1 on`);
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    // Who ends hands the place on, so nobody can slip in between.
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
