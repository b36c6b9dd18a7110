import Table from "cli-table3";

/** How many times as fast as the yardstick a contestant is, in the same rounds. */
export interface Ratio {
  readonly contestant: string;
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
  /** The same of the best times of all rounds: what a busy machine disturbs least. */
  readonly bestRatio: number;
  readonly medianMs: number;
}

/** Does the work of a contestant once, and tells the milliseconds it took. */
export type Turn = () => Promise<number>;

/**
 * Lets contestants take turns, in another order each round, and holds each against the one named `yardstick` in the
 * same round. The first `warmUps` rounds do not count. `low` and `high` bound the middle half of the rounds.
 */
export async function rounds(
  turns: Readonly<Record<string, Turn>>,
  yardstick: string,
  { count, warmUps }: { readonly count: number; readonly warmUps: number },
): Promise<Ratio[]> {
  const names = Object.keys(turns);
  const times = new Map(names.map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < warmUps + count; round++) {
    const first = round % names.length;
    const order = [...names.slice(first), ...names.slice(0, first)];
    // Nobody always comes after the same one, and its garbage.
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      const ms = (await turns[name]?.()) ?? Number.NaN;
      if (round >= warmUps) times.get(name)?.push(ms);
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
