import { setImmediate } from "node:timers/promises";

/** Short enough that whoever else is served does not notice. */
const SLICE_MS = 5;

/** Does the work for each, at most so many at a time, so that between them the process answers other requests. */
export async function inSlices<Item>(
  items: Iterable<Item>,
  most: number,
  work: (item: Item) => void,
): Promise<void> {
  let begin = performance.now();
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % most !== 0 && performance.now() - begin < SLICE_MS) continue;
    await setImmediate();
    begin = performance.now();
  }
}
