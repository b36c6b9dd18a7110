import { at, eachQuantity, QUANTITIES, type Quantity, type UsageSeries } from "../../usage/series.js";
import { Sum } from "../../usage/sum.js";
import type { Tally } from "./bin.js";

interface Counting {
  readonly sums: Readonly<Record<Quantity, Sum>>;
  readonly coverage: Sum;
  known: number;
  withCarbon: number;
  provisional: number;
}

/** Tallies under construction, one a bin. */
export class Tallies {
  readonly #tallies: readonly Counting[];

  constructor(bins: number) {
    this.#tallies = Array.from({ length: bins }, () => ({
      sums: eachQuantity(() => new Sum()),
      coverage: new Sum(),
      known: 0,
      withCarbon: 0,
      provisional: 0,
    }));
  }

  /** Adds a row that has CPU-seconds. Other quantities may be missing. */
  add(bin: number, series: UsageSeries, row: number): void {
    const tally = this.#tallies[bin];
    if (tally === undefined) return;
    tally.known += 1;
    for (const name of QUANTITIES) {
      const value = at(series[name], row);
      if (!Number.isNaN(value)) tally.sums[name].add(value);
    }
    if (!Number.isNaN(at(series.busyGco2eq, row))) {
      tally.withCarbon += 1;
      if (series.provenance[row]?.intensity?.settled === false) tally.provisional += 1;
    }
    tally.coverage.add(coverageOf(at(series.coverage, row)));
  }

  /** Adds an hour in which nothing ran, which has no carbon because it has no energy. */
  addZero(bin: number, coverage: number): void {
    const tally = this.#tallies[bin];
    if (tally === undefined) return;
    tally.known += 1;
    tally.withCarbon += 1;
    tally.coverage.add(coverageOf(coverage));
  }

  of(bin: number, hours: number): Tally {
    const tally = this.#tallies[bin];
    if (tally === undefined) throw new RangeError(`there is no bin ${bin}`);
    const { sums, coverage, known, withCarbon, provisional } = tally;
    const mean = (name: Quantity): number | null => {
      const count = isCarbon(name) ? withCarbon : known;
      return count === 0 ? null : sums[name].value / count;
    };
    return {
      ...eachQuantity((name) => sums[name].value),
      hours,
      hoursMissing: hours - known,
      hoursWithoutCarbon: known - withCarbon,
      hoursProvisional: provisional,
      coverage: hours === 0 ? 0 : coverage.value / hours,
      perHour: eachQuantity(mean),
    };
  }
}

/** An hour that another tool wrote has no coverage of its own; what is there is taken as whole. */
function coverageOf(value: number): number {
  return Number.isNaN(value) ? 1 : value;
}

export function isCarbon(name: Quantity): boolean {
  return name === "busyGco2eq" || name === "idleGco2eq";
}
