import { type Asker, type Tortured, tryOnce } from "./replies/campaign.js";
import { diceOf } from "./replies/dice.js";
import { GRID_ASKERS } from "./replies/grid-askers.js";
import { handMadeReplies } from "./replies/hand-made.js";
import { PROMETHEUS_ASKERS } from "./replies/prometheus-askers.js";

export interface HostileRepliesOptions {
  readonly seed: number;
  /** How many generated replies, over all kinds. The hand-made ones come on top. */
  readonly count: number;
  readonly signal?: AbortSignal;
}

const ASKERS: readonly Asker[] = [...PROMETHEUS_ASKERS, ...GRID_ASKERS];
const MOST_TOLD = 10;
/** So often the event loop is let through, for whoever wants to stop us. */
const PAUSE_EVERY = 500;

/**
 * Gives the clients of Prometheus and of the grid replies with faults in them, each drawn from a seed of its own, and
 * some made by hand on real servers. What counts as a failure: a number that is not in the reply, a whole reply of a
 * range query that is refused though it is right, a hang, and any error but an `AdaCarbonError` of one line. Aborted,
 * it says what it has tried so far.
 */
export async function hostileReplies({ seed, count, signal }: HostileRepliesOptions): Promise<Tortured[]> {
  const results = ASKERS.map(({ kind }) => ({ kind, tried: 0, failed: 0, failures: [] as string[] }));
  for (let i = 0; i < count && signal?.aborted !== true; i++) {
    const asker = ASKERS[i % ASKERS.length];
    const result = results[i % ASKERS.length];
    if (asker === undefined || result === undefined) continue;
    const failure = await tryOnce(asker, diceOf(seed + i));
    result.tried += 1;
    if (failure !== undefined) {
      result.failed += 1;
      if (result.failures.length < MOST_TOLD) result.failures.push(`seed ${seed}, reply ${i}: ${failure}`);
    }
    if (i % PAUSE_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (signal?.aborted === true) return results;
  return [...results, await handMadeReplies(signal)];
}
