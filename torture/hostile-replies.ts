import { Tally, type TortureOptions, type TortureResult } from "./campaign.js";
import { type Asker, tryOnce } from "./replies/campaign.js";
import { diceOf } from "./replies/dice.js";
import { FILE_ASKERS } from "./replies/file-askers.js";
import { GRID_ASKERS } from "./replies/grid-askers.js";
import { handMadeReplies } from "./replies/hand-made.js";
import { PROMETHEUS_ASKERS } from "./replies/prometheus-askers.js";
import { SERVICE_ASKERS } from "./replies/service-askers.js";
import { XML_ASKERS } from "./replies/xml-askers.js";

const ASKERS: readonly Asker[] = [
  ...PROMETHEUS_ASKERS,
  ...GRID_ASKERS,
  ...SERVICE_ASKERS,
  ...XML_ASKERS,
  ...FILE_ASKERS,
];
/** So often the event loop is let through, for whoever wants to stop us. */
const PAUSE_EVERY = 500;

/**
 * Gives the clients of Prometheus and of the grid replies with faults in them, each drawn from a seed of its own, and
 * some made by hand on real servers. What counts as a failure: a number that is not in the reply, a whole reply of a
 * range query that is refused though it is right, a hang, and any error but an `AdaCarbonError` of one line. Aborted,
 * it says what it has tried so far.
 */
export async function hostileReplies({ seed, count, signal }: TortureOptions): Promise<TortureResult[]> {
  const tally = new Tally();
  for (let i = 0; i < count && signal?.aborted !== true; i++) {
    const asker = ASKERS[i % ASKERS.length];
    if (asker === undefined) break;
    const failure = await tryOnce(asker, diceOf(seed + i));
    tally.add(asker.kind, failure && `reply ${i}: ${failure}`);
    if (i % PAUSE_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (signal?.aborted === true) return tally.results();
  return [...tally.results(), await handMadeReplies(signal)];
}
