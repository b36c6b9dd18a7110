import { type GramBases, summedBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import {
  type Bin,
  type MarketSums,
  type Quantities,
  SummedBin,
  type Sums,
} from "../timeseries/rollup/bin.js";
import type { BinSpan } from "../timeseries/rollup/bin-table.js";
import { HOUR_MS } from "../usage/hour.js";
import { eachQuantity } from "../usage/series.js";

/** A bin while sums of its hours are added, each over hours of its own. */
export class RunningBin {
  readonly #span: BinSpan;
  #sums: Quantities = { ...NOTHING };
  #market: Omit<MarketSums, "hoursWithoutCarbon"> | undefined;
  #bases = NO_BASES;
  #counts = {
    hoursMissing: 0,
    hoursIncomplete: 0,
    hoursWithoutCarbon: 0,
    hoursProvisional: 0,
    hoursWithoutMarket: 0,
    covered: 0,
  };

  constructor(span: BinSpan) {
    this.#span = span;
  }

  copy(): RunningBin {
    const copy = new RunningBin(this.#span);
    copy.#sums = this.#sums;
    copy.#market = this.#market;
    copy.#bases = this.#bases;
    copy.#counts = { ...this.#counts };
    return copy;
  }

  add(part: Sums): void {
    const before = this.#sums;
    this.#sums = eachQuantity((name) => sumOfKnown(before[name], part[name]));
    this.#counts.hoursMissing += part.hoursMissing;
    this.#counts.hoursIncomplete += part.hoursIncomplete;
    this.#counts.hoursWithoutCarbon += part.hoursWithoutCarbon;
    this.#counts.hoursProvisional += part.hoursProvisional;
    this.#bases = summedBases([this.#bases, part]);
    this.#addMarket(part);
    this.#counts.covered += part.coverage * part.hours;
  }

  /** A part in which nobody said what was bought may stand beside one in which somebody did. */
  #addMarket({ market, hours, hoursMissing }: Sums): void {
    this.#counts.hoursWithoutMarket += market?.hoursWithoutCarbon ?? hours - hoursMissing;
    if (market === undefined) return;
    this.#market = {
      busyGco2eq: sumOfKnown(this.#market?.busyGco2eq ?? null, market.busyGco2eq),
      idleGco2eq: sumOfKnown(this.#market?.idleGco2eq ?? null, market.idleGco2eq),
      ...summedBases([this.#market ?? NO_BASES, market]),
    };
  }

  done(): Bin {
    const hours = (this.#span.to - this.#span.from) / HOUR_MS;
    const { covered, hoursWithoutMarket, ...counts } = this.#counts;
    const coverage = hours === 0 ? 0 : covered / hours;
    const sums = { ...this.#sums, ...counts, hours, coverage, ...this.#bases };
    return new SummedBin(this.#span, withoutMixedGrams({ ...sums, market: this.#marketSums() }));
  }

  #marketSums(): MarketSums | undefined {
    if (this.#market === undefined) return undefined;
    const { busyGco2eq, idleGco2eq, ...bases } = this.#market;
    const hoursWithoutCarbon = this.#counts.hoursWithoutMarket;
    return withoutMixedGrams({ busyGco2eq, idleGco2eq, hoursWithoutCarbon, ...bases });
  }
}

const NO_BASES: GramBases = { bases: [], hoursOfUnknownBasis: 0 };

const NOTHING: Quantities = eachQuantity(() => null);

function sumOfKnown(before: number | null, more: number | null): number | null {
  return before === null || more === null ? (before ?? more) : before + more;
}
