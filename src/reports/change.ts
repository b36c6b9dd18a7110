/** Why a number changed, in the order in which one is told from the other. */
export const CAUSES = [
  "hours added",
  "hours removed",
  "hours repaired",
  "owners corrected",
  "model changed",
  "intensity revised",
  "carbon became known",
  "carbon no longer known",
  "not told apart",
] as const;
/** One of the {@link CAUSES}. */
export type Cause = (typeof CAUSES)[number];

/** kWh and grams, or a difference of them; busy and idle together. */
export interface Amount {
  readonly kwh: number;
  readonly gco2eq: number;
}

/** A part of a difference that has one cause. */
export interface Change extends Amount {
  readonly cause: Cause;
  /** What caused the change: a host, two models, two intensities. */
  readonly what: string;
}

/** What an amount comes to when one thing more is put as it is now. */
export interface Step extends Amount {
  readonly cause: Cause;
  readonly what: string;
}

/** Less than this, relative, is rounding. */
const ROUNDING = 1e-13;

export function isNear(a: number, b: number, within: number = ROUNDING): boolean {
  return Math.abs(a - b) <= within * Math.max(Math.abs(a), Math.abs(b));
}

/**
 * The changes from step to step, which lead from `start` to `end`. A step that changes nothing is left out; the last one
 * leads to the very end, so that all add up to the difference.
 */
export function changesAlong(start: Amount, steps: readonly Step[], end: Amount): Change[] {
  let reached = start;
  const taken = steps.filter((step) => {
    const isChange = !isNear(step.kwh, reached.kwh) || !isNear(step.gco2eq, reached.gco2eq);
    if (isChange) reached = step;
    return isChange;
  });
  let from = start;
  return taken.map(({ cause, what, ...amount }, i) => {
    const to = i === taken.length - 1 ? end : amount;
    const change = { cause, what, kwh: to.kwh - from.kwh, gco2eq: to.gco2eq - from.gco2eq };
    from = to;
    return change;
  });
}
