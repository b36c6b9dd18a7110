import { setImmediate } from "node:timers/promises";

/** Short enough that whoever else is served does not notice. */
const SLICE_MS = 5;
/** What one of them causes may come after it (a write to a socket), where no clock of ours sees it. */
const MOST_IN_A_SLICE = 20;

/** Does the work for each, a few at a time, so that between them the process answers other requests. */
export async function inSlices<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  let begin = performance.now();
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % MOST_IN_A_SLICE !== 0 && performance.now() - begin < SLICE_MS) continue;
    await setImmediate();
    begin = performance.now();
  }
}
