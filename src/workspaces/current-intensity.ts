import { formatBasis } from "../intensity/basis.js";
import { byCredibility } from "../intensity/periods.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { type Grids, gridsOf, type ProjectGrids } from "../intensity/project-grids.js";
import { isAdaCarbonError } from "../usage/errors.js";
import { DAY_MS, formatInstant } from "../usage/hour.js";
import { unlessAborted } from "../usage/unless-aborted.js";
import { within } from "../usage/within.js";
import { withOwnSignal } from "./own-signal.js";
import type { PollIntensity } from "./report.js";

/** The intensities of now of all grids, and what is wrong with them. */
export interface CurrentGrids {
  /** Of projects without a grid of their own. */
  readonly others: PollIntensity | null;
  /** Of projects that have one; absent where there is one grid. */
  readonly projects: Readonly<Record<string, PollIntensity | null>> | undefined;
  readonly warnings: readonly string[];
}

/** Asks each grid as {@link CurrentIntensity} does, all at the same time. */
export class CurrentGridIntensities {
  readonly #grids: Grids;
  readonly #current: ReadonlyMap<IntensitySource, CurrentIntensity>;

  /** `bad-input` where the grams of the grids do not count the same. */
  constructor(intensity: IntensitySource | ProjectGrids, options: Omit<CurrentIntensityOptions, "source">) {
    this.#grids = gridsOf(intensity);
    this.#current = new Map(
      this.#grids.sources.map((source) => [source, new CurrentIntensity({ ...options, source })]),
    );
  }

  /** @param patienceMs How long an answer is waited for, which is of use later then, too. Default until there is one. */
  async at(now: number, signal: AbortSignal, patienceMs?: number): Promise<CurrentGrids> {
    const { others, named, of, projectsOf } = this.#grids;
    const asked = [...this.#current].map(async ([source, current]) => {
      const answer = await current.at(now, signal, patienceMs);
      const projects = projectsOf(source);
      const warnings = answer.warnings.map((text) => (projects === "" ? text : `${projects}: ${text}`));
      return { source, value: answer.value, warnings };
    });
    const answers = await Promise.all(asked);
    const currentOf = (source: IntensitySource): PollIntensity | null =>
      answers.find((answer) => answer.source === source)?.value ?? null;
    const ofProjects = named.map((name) => [name, currentOf(of(name))] as const);
    return {
      others: currentOf(others),
      projects: named.length === 0 ? undefined : Object.fromEntries(ofProjects),
      warnings: answers.flatMap(({ warnings }) => warnings),
    };
  }
}

export interface CurrentIntensityOptions {
  readonly source: IntensitySource;
  readonly freshForMs: number;
  readonly timeoutMs: number;
  readonly fallbackGco2eqPerKwh: number | undefined;
}

/** The intensity of now, and what is wrong with it. */
export interface Current {
  readonly value: PollIntensity | null;
  readonly warnings: readonly string[];
}

/**
 * The intensity of the moment: measured, else predicted, else a constant. A day of forecasts is asked for at
 * once and kept, so that when the source is down, what it predicted is used until there is none left.
 */
export class CurrentIntensity {
  readonly #options: CurrentIntensityOptions;
  #kept: readonly IntensityPeriod[] = [];
  #freshFrom = Number.NaN;
  #asking: Promise<void> | undefined;
  /** What went wrong when the source was asked last. */
  #trouble: string | undefined;
  /** What is doubtful about its answers, until a poll has said so. */
  #doubts: readonly string[] = [];

  constructor(options: CurrentIntensityOptions) {
    this.#options = options;
  }

  /** Never rejects for a source that fails; rejects with the signal's reason when aborted. */
  async at(now: number, signal: AbortSignal, patienceMs?: number): Promise<Current> {
    const { source, fallbackGco2eqPerKwh: fallback } = this.#options;
    if (!this.#isFresh(now)) await this.#ask(now, signal, patienceMs);
    signal.throwIfAborted();
    const trouble = this.#isFresh(now) ? undefined : (this.#trouble ?? `${source.id}: has not answered yet`);
    const doubts = this.#doubts;
    this.#doubts = [];
    const period = this.#kept.filter(({ from, to }) => from <= now && now < to).sort(byCredibility)[0];
    const problem =
      trouble ?? (period === undefined ? `${source.id}: knows nothing of ${formatInstant(now)}` : "");
    if (period !== undefined) {
      const { gco2eqPerKwh, fetchedAt } = period;
      const kind = source.isConstant === true ? "fallback" : period.kind;
      const basis = source.basis === undefined ? {} : { basis: formatBasis(source.basis) };
      const since = `${problem}; what it said at ${formatInstant(fetchedAt)} is used`;
      return {
        value: { gco2eqPerKwh, kind, source: source.id, ...basis, fetchedAt },
        warnings: problem === "" ? doubts : [since, ...doubts],
      };
    }
    if (fallback === undefined) {
      return { value: null, warnings: [`${problem}; energy is counted without carbon`, ...doubts] };
    }
    return {
      value: { gco2eqPerKwh: fallback, kind: "fallback", source: "constant", fetchedAt: null },
      warnings: [`${problem}; the fallback of ${fallback} gCO2eq/kWh is used`, ...doubts],
    };
  }

  #isFresh(now: number): boolean {
    return now >= this.#freshFrom && now - this.#freshFrom < this.#options.freshForMs;
  }

  /** Asks the source, unless it is being asked, and waits for a while. */
  async #ask(now: number, signal: AbortSignal, patienceMs: number | undefined): Promise<void> {
    this.#asking ??= this.#refresh(now, signal).finally(() => {
      this.#asking = undefined;
    });
    await (patienceMs === undefined ? this.#asking : within(patienceMs, this.#asking));
  }

  /** Asks the source, and keeps what it says, or what went wrong. */
  async #refresh(now: number, signal: AbortSignal): Promise<void> {
    const { source, timeoutMs } = this.#options;
    const doubts: string[] = [];
    let isLate = false;
    try {
      const onWarning = (message: string): void => void doubts.push(message);
      const ask = async (own: AbortSignal): Promise<readonly IntensityPeriod[]> => {
        own.addEventListener("abort", () => (isLate = !signal.aborted));
        return unlessAborted(
          source.periods({ from: now, to: now + DAY_MS }, { signal: own, onWarning }),
          own,
        );
      };
      const news = await withOwnSignal(signal, ask, timeoutMs);
      this.#keep(news.filter(isUsable), now);
      if (!news.some(({ from, to }) => from <= now && now < to)) {
        this.#trouble = `${source.id}: knows nothing of ${formatInstant(now)}`;
      } else {
        this.#freshFrom = now;
        this.#trouble = undefined;
      }
    } catch (error) {
      // Another program's source may throw anything: the energy of this poll is worth more than its reason.
      const reason = isAdaCarbonError(error) ? error.message : `${source.id}: ${String(error)}`;
      this.#trouble = isLate ? `${source.id}: no answer within ${timeoutMs / 1000} s` : reason;
    } finally {
      this.#doubts = doubts;
    }
  }

  /** News replace what was kept with the same start; what is over is forgotten. */
  #keep(news: readonly IntensityPeriod[], now: number): void {
    const byFrom = new Map([...this.#kept, ...news].map((period) => [period.from, period]));
    this.#kept = [...byFrom.values()].filter(({ to }) => to > now - DAY_MS);
  }
}

function isUsable({ from, to, gco2eqPerKwh }: IntensityPeriod): boolean {
  return from < to && gco2eqPerKwh >= 0 && gco2eqPerKwh < Number.POSITIVE_INFINITY;
}
