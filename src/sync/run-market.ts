import type { IntensityPeriod } from "../intensity/port.js";
import type { MarketHours } from "../rows/host-hours.js";
import type { FinishedHour } from "../usage/hour.js";
import type { UsageSeries } from "../usage/series.js";
import { eachInSpan } from "../usage/tracer.js";
import type { KnownRows } from "./known-rows.js";
import { hoursOf, lookUpIntensity } from "./look-up.js";
import { hoursWantingMarket, improvedMarket, marketOfHours, withMarket } from "./market.js";
import type { CheckedSyncOptions } from "./options.js";
import type { Plan } from "./plan.js";
import { inParts } from "./restate.js";
import { rowsAgain, type Write } from "./rows-again.js";

/** The second ledger of a run: what the electricity was bought as. */
export class RunMarket {
  readonly #options: CheckedSyncOptions;
  readonly #stored: KnownRows;
  readonly #write: Write;
  /** What the source said. */
  readonly #periods: IntensityPeriod[] = [];

  constructor(options: CheckedSyncOptions, stored: KnownRows, write: Write) {
    this.#options = options;
    this.#stored = stored;
    this.#write = write;
  }

  get isWanted(): boolean {
    return this.#options.marketIntensity !== undefined;
  }

  /** Stored hours that are not measured again, and whose market-based intensity may get better. */
  wanting({ restate, done }: Plan): FinishedHour[] {
    if (!this.isWanted) return [];
    return hoursWantingMarket(
      this.#stored.ada,
      [...restate, ...done].sort((a, b) => a - b),
    );
  }

  /** Yields what is to be said. */
  async *lookUp(hours: readonly FinishedHour[]): AsyncGenerator<string> {
    const { marketIntensity, signal, tracer } = this.#options;
    if (marketIntensity === undefined) return;
    const answers = lookUpIntensity(marketIntensity, hours, { signal });
    for await (const answer of eachInSpan(tracer, "ada_carbon.look_up_intensity", answers, hoursOf)) {
      for (const period of answer.periods) this.#periods.push(period);
      for (const warning of answer.warnings) yield `market-based: ${warning}`;
    }
  }

  /** Of each hour the best of what the source said and what is stored. */
  intensity(hours: readonly FinishedHour[]): MarketHours | undefined {
    return marketOfHours(this.#periods, hours, this.#options.marketIntensity, this.#stored.ada);
  }

  /** Stores hours again whose intensity got better, and says how many. */
  async restate(hours: readonly FinishedHour[]): Promise<number> {
    const { marketIntensity, store, signal } = this.#options;
    if (marketIntensity === undefined || hours.length === 0) return 0;
    const improved = improvedMarket(this.#periods, hours, marketIntensity, this.#stored.ada);
    for (const part of inParts(new Set(improved.keys()), hours)) {
      const again = (stored: UsageSeries): UsageSeries => withMarket(stored, improved);
      await this.#write(...(await rowsAgain(store, [...part.keys()], again, signal)));
    }
    return improved.size;
  }
}
