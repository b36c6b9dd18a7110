import type { ScrapeSpan, SimulatedHost } from "./host.js";
import { mix, within } from "./random.js";

/** The instants at which one target is scraped at one beat, numbered from 1970 on, whether there is an answer or not. */
export class ScrapeTimes {
  readonly everyMs: number;
  readonly #phaseMs: number;
  readonly #jitterMs: number;
  readonly #seed: number;
  readonly #missedPerMille: number;

  /** `delayMs` is how much later than others the replica scrapes. */
  constructor(host: SimulatedHost, { scrapeMs, phaseMs }: ScrapeSpan, delayMs: number) {
    this.everyMs = scrapeMs;
    this.#phaseMs = phaseMs + delayMs;
    this.#jitterMs = host.scrapeJitterMs;
    this.#seed = mix(host.scrapeSeed, phaseMs + delayMs);
    this.#missedPerMille = host.missedScrapesPerMille;
  }

  /** UTC milliseconds of the scrape with a number. */
  time(number: number): number {
    const late = this.#jitterMs === 0 ? 0 : within(mix(this.#seed, number), 0, this.#jitterMs);
    return number * this.everyMs + this.#phaseMs + late;
  }

  /** The number of the first scrape at or after an instant. */
  firstFrom(instant: number): number {
    let number = Math.ceil((instant - this.#phaseMs - this.#jitterMs) / this.everyMs);
    while (this.time(number) < instant) number++;
    return number;
  }

  /** The scrapes of [from, to) that fail by chance, as times of a millisecond each. */
  missedIn(from: number, to: number): { from: number; to: number }[] {
    if (this.#missedPerMille === 0) return [];
    const missed: { from: number; to: number }[] = [];
    for (let number = this.firstFrom(from); this.time(number) < to; number++) {
      if (within(mix(mix(this.#seed, 1), number), 0, 999) >= this.#missedPerMille) continue;
      missed.push({ from: this.time(number), to: this.time(number) + 1 });
    }
    return missed;
  }
}
