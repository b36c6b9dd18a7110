import type { IntensityPeriod } from "../intensity/port.js";
import type { MarketHours } from "../rows/host-hours.js";
import type { FinishedHour } from "../usage/hour.js";
import { marketBased } from "../usage/market.js";
import type { UsageSeries } from "../usage/series.js";
import { eachInSpan } from "../usage/tracer.js";
import type { KnownRows } from "./known-rows.js";
import { lookUpIntensity } from "./look-up.js";
import { hoursWantingMarket, improvedMarket, marketOfHours, withMarket } from "./market.js";
import { assertOneBasis } from "./one-basis.js";
import type { CheckedSyncOptions } from "./options.js";
import { inParts } from "./restate.js";
import { rowsAgain } from "./rows-again.js";
import { countOf, type Write } from "./run-carbon.js";

/** The market-based ledger of a run: what its source said, and stored hours that get it. */
export class RunMarket {
  readonly #options: CheckedSyncOptions;
  readonly #stored: KnownRows;
  readonly #write: Write;
  readonly #periods: IntensityPeriod[] = [];

  constructor(options: CheckedSyncOptions, stored: KnownRows, write: Write) {
    this.#options = options;
    this.#stored = stored;
    this.#write = write;
  }

  /** `bad-input` where rows of `ada` count something else than the source. */
  assertOneBasis(ada: readonly UsageSeries[]): void {
    const { marketIntensity } = this.#options;
    if (marketIntensity !== undefined) assertOneBasis(marketIntensity, ada.map(marketBased), "--market");
  }

  /** Those of the stored hours of which it may be better known what was bought. */
  wanting(hours: readonly FinishedHour[]): FinishedHour[] {
    if (this.#options.marketIntensity === undefined) return [];
    return hoursWantingMarket(this.#stored.ada, hours).sort((a, b) => a - b);
  }

  /** Asks the source. Yields what is to be said. */
  async *lookUp(hours: readonly FinishedHour[]): AsyncGenerator<string> {
    const { marketIntensity, signal, tracer } = this.#options;
    if (marketIntensity === undefined) return;
    const answers = lookUpIntensity(
      marketIntensity,
      hours.toSorted((a, b) => a - b),
      { signal },
    );
    for await (const answer of eachInSpan(tracer, "ada_carbon.look_up_intensity", answers, countOf)) {
      for (const period of answer.periods) this.#periods.push(period);
      for (const warning of answer.warnings) yield `market-based: ${warning}`;
    }
  }

  /** The best intensity of each hour: of what was said, and of what rows rest on. */
  hours(hours: readonly FinishedHour[]): MarketHours | undefined {
    return marketOfHours(this.#periods, hours, this.#options.marketIntensity, this.#stored.ada);
  }

  /** Stores hours again of which it is better known now what was bought, and says how many. */
  async restate(hours: readonly FinishedHour[]): Promise<number> {
    const { marketIntensity } = this.#options;
    if (marketIntensity === undefined || hours.length === 0) return 0;
    const improved = improvedMarket(this.#periods, hours, marketIntensity, this.#stored.ada);
    for (const part of inParts(new Set(improved.keys()), hours)) {
      const again = (stored: UsageSeries): UsageSeries => withMarket(stored, improved);
      const { series, hostsBefore } = await rowsAgain(this.#options, [...part.keys()], again);
      await this.#write(series, hostsBefore);
    }
    return improved.size;
  }
}
