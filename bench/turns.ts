import Table from "cli-table3";

/** How many times as fast as the yardstick a contestant is, in the same rounds. */
export interface Ratio {
  readonly contestant: string;
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
  /** The same of the best times of all rounds: what a busy machine disturbs least. */
  readonly bestRatio: number;
  readonly medianMs: number;
}

const WARM_UPS = 2;

/**
 * Lets contestants take turns in this process, in another order each round, and holds each against the one
 * named `yardstick` in the same round. `low` and `high` bound the middle half of the rounds.
 */
export async function rounds(
  contestants: Readonly<Record<string, () => unknown>>,
  yardstick: string,
  count: number,
): Promise<Ratio[]> {
  const names = Object.keys(contestants);
  const times = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let round = -WARM_UPS; round < count; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round + WARM_UPS) % names.length] ?? yardstick;
      // Young garbage only: a full collection also drops compiled code, and everyone would start cold.
      globalThis.gc?.({ type: "minor", execution: "sync" });
      const begin = performance.now();
      await contestants[name]?.();
      if (round >= 0) times.get(name)?.push(performance.now() - begin);
    }
  }
  const yard = times.get(yardstick) ?? [];
  return names.map((contestant) => {
    const mine = times.get(contestant) ?? [];
    const ratios = mine.map((ms, round) => (yard[round] ?? Number.NaN) / ms).sort((a, b) => a - b);
    return {
      contestant,
      ratio: { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) },
      bestRatio: Math.min(...yard) / Math.min(...mine),
      medianMs: quantile(
        [...mine].sort((a, b) => a - b),
        0.5,
      ),
    };
  });
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** A table of ratios, each line under a name. */
export function table(lines: readonly (readonly [string, Ratio])[]): string {
  const made = new Table({
    head: ["", "", "times as fast", "middle half", "best", "median ms"],
    colAligns: ["left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [name, { contestant, ratio, bestRatio, medianMs }] of lines) {
    const half = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
    made.push([name, contestant, ratio.median.toFixed(2), half, bestRatio.toFixed(2), medianMs.toFixed(0)]);
  }
  return made.toString();
}
