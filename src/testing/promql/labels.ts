import { byCodeUnit } from "../../usage/code-units.js";
import { remembered } from "../../usage/remembered.js";

const NAME = "__name__";

type Entry = readonly [name: string, value: string];

/**
 * An immutable set of labels, sorted by name. A label with an empty value is the same as no label.
 * Derived sets that are asked for at every step are remembered, so that they keep their identity.
 */
export class Labels {
  static readonly none: Labels = new Labels([]);

  readonly entries: readonly Entry[];
  #key: string | undefined;
  #nameless: Labels | undefined;
  /** By the list of names in a query, and as long as the query is. */
  readonly #kept = new WeakMap<readonly string[], Labels>();
  readonly #dropped = new WeakMap<readonly string[], Labels>();

  private constructor(sorted: readonly Entry[]) {
    this.entries = sorted;
  }

  static of(labels: Iterable<Entry>): Labels {
    const present = [...labels].filter(([, value]) => value !== "");
    return new Labels(present.sort(([a], [b]) => byCodeUnit(a, b)));
  }

  /** The value of a label, empty where there is none. */
  get(name: string): string {
    return this.entries.find(([known]) => known === name)?.[1] ?? "";
  }

  /** The metric name, empty where there is none. */
  get name(): string {
    return this.get(NAME);
  }

  /** Equal for equal sets, and only for these. */
  get key(): string {
    this.#key ??= JSON.stringify(this.entries);
    return this.#key;
  }

  /** In the order in which Prometheus lists series: label by label, by its name and then its value. */
  compare(other: Labels): number {
    for (const [i, [name, value]] of this.entries.entries()) {
      const [otherName, otherValue] = other.entries[i] ?? ["", ""];
      const order = byCodeUnit(name, otherName) || byCodeUnit(value, otherValue);
      if (order !== 0) return order;
    }
    return this.entries.length - other.entries.length;
  }

  withoutName(): Labels {
    this.#nameless ??= this.name === "" ? this : this.drop([NAME]);
    return this.#nameless;
  }

  keep(names: readonly string[]): Labels {
    return remembered(
      this.#kept,
      names,
      () => new Labels(this.entries.filter(([name]) => names.includes(name))),
    );
  }

  drop(names: readonly string[]): Labels {
    return remembered(
      this.#dropped,
      names,
      () => new Labels(this.entries.filter(([name]) => !names.includes(name))),
    );
  }

  with(name: string, value: string): Labels {
    return Labels.of([...this.drop([name]).entries, [name, value]]);
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.entries);
  }
}
