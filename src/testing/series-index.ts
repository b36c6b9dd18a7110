import { remembered } from "../usage/remembered.js";
import type { Matcher, Series } from "./promql/index.js";

/** Series of one metric, found by the values of their labels: of few that match, not every one is looked at. */
export class SeriesIndex<Found extends Series> {
  readonly #series: readonly Found[];
  /** By label and value the positions of the series, ascending; made when the label is first asked for. */
  readonly #positions = new Map<string, Map<string, number[]>>();

  constructor(series: readonly Found[]) {
    this.#series = series;
  }

  /** Those that match, in their order. */
  select(matchers: readonly Matcher[]): Found[] {
    const [first, ...others] = matchers.map((matcher) => this.#positionsOf(matcher));
    if (first === undefined) return [...this.#series];
    const fewest = others.reduce((few, other) => (other.length < few.length ? other : few), first);
    return fewest
      .map((position) => this.#series[position])
      .filter((series) => series !== undefined)
      .filter(({ labels }) => matchers.every((matcher) => matcher.test(labels.get(matcher.name))));
  }

  #positionsOf(matcher: Matcher): number[] {
    const byValue = this.#byValue(matcher.name);
    const matching = [...byValue].filter(([value]) => matcher.test(value)).map(([, positions]) => positions);
    return matching.length === 1 ? (matching[0] ?? []) : matching.flat().sort((a, b) => a - b);
  }

  #byValue(label: string): Map<string, number[]> {
    return remembered(this.#positions, label, () =>
      Map.groupBy(this.#series.keys(), (i) => this.#series[i]?.labels.get(label) ?? ""),
    );
  }
}
