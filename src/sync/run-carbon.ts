import type { HourlyIntensity } from "../intensity/hourly.js";
import { inWritingOrder } from "../rows/kinds.js";
import type { FinishedHour } from "../usage/hour.js";
import { inPieces } from "../usage/pieces.js";
import type { UsageSeries } from "../usage/series.js";
import { eachInSpan } from "../usage/tracer.js";
import {
  GridAnswers,
  type GridRows,
  gridRows,
  type HoursIntensity,
  isProvisional,
  notSplitText,
} from "./grids.js";
import type { KnownRows } from "./known-rows.js";
import type { WantedCarbon } from "./left-alone.js";
import { hoursOf, lookUpIntensity } from "./look-up.js";
import type { CheckedSyncOptions } from "./options.js";
import type { Horizon, Plan } from "./plan.js";
import { improvedHours, inParts, lookedUpRows, restateSeries } from "./restate.js";
import { CHUNK_HOURS, RestateAccount, restatedChunk } from "./restate-chunk.js";
import { rowsAgain, type Write } from "./rows-again.js";

/** The carbon of a run: the grids, what is asked of them, and stored hours whose intensity got better. */
export class RunCarbon {
  readonly #options: CheckedSyncOptions;
  readonly #stored: KnownRows;
  readonly #write: Write;
  readonly #answers: GridAnswers;

  /** `bad-input` where the grids of projects do not count the same. */
  constructor(options: CheckedSyncOptions, stored: KnownRows, write: Write) {
    this.#options = options;
    this.#stored = stored;
    this.#write = write;
    this.#answers = new GridAnswers(options.intensity);
  }

  /** Whether there is a source or a constant. */
  get isWanted(): boolean {
    return this.#options.intensity !== undefined || this.#options.fallbackGco2eqPerKwh !== undefined;
  }

  /** Projects that have a grid by name. */
  get named(): readonly string[] {
    return this.#answers.grids.named;
  }

  wanted(hours: readonly FinishedHour[]): Omit<WantedCarbon, "isMarketWanted"> {
    const isAsked = this.#options.intensity !== undefined;
    return { isWanted: this.isWanted, rows: isAsked ? this.#gridRows(hours) : [] };
  }

  /** Whether rows of these hours add several grids: then only hosts know how much of a row is of which. */
  spansGrids(hours: readonly FinishedHour[]): boolean {
    return this.#gridRows(hours).some(({ rows }) => rows !== this.#stored.ada);
  }

  intensity(hours: readonly FinishedHour[]): HoursIntensity {
    return this.#answers.intensity(hours, this.#stored, this.#options.fallbackGco2eqPerKwh);
  }

  /**
   * Asks every grid for the hours that are measured, and for those in which a project of it may have a better intensity.
   * One that cannot be asked costs the carbon of its hours and projects, not their energy. Yields what is to be said.
   */
  async *lookUp({ fetch, restate }: Pick<Plan, "fetch" | "restate">): AsyncGenerator<string> {
    const { intensity, tracer } = this.#options;
    if (intensity === undefined) return;
    const { grids } = this.#answers;
    const rows = this.#gridRows(restate);
    for (const source of grids.sources) {
      const ofSource = rows.filter((gridRow) => gridRow.source === source);
      const better = restate.filter((hour) => ofSource.some((gridRow) => isProvisional(gridRow.rows, hour)));
      const hours = [...better, ...fetch].sort((a, b) => a - b);
      const projects = grids.projectsOf(source);
      const answers = lookUpIntensity(source, hours, this.#options);
      for await (const answer of eachInSpan(tracer, "ada_carbon.look_up_intensity", answers, hoursOf)) {
        this.#answers.add(source, answer.hours, answer.periods);
        for (const warning of answer.warnings) yield projects === "" ? warning : `${projects}: ${warning}`;
      }
    }
  }

  /** Stores hours again whose intensity got better, and says how many. Yields what is to be said. */
  async *restate(
    hours: readonly FinishedHour[],
    fake: boolean,
    horizon: Horizon,
  ): AsyncGenerator<string, number> {
    if (hours.length === 0) return 0;
    const { ofAll, ofProject } = this.intensity(hours);
    const rows = this.#gridRows(hours);
    const intensityOf = ({ rows: { series } }: GridRows): HourlyIntensity =>
      ofProject?.(series.scope.name) ?? ofAll;
    const improved = new Set(
      rows.flatMap((gridRow) => [...improvedHours(gridRow.rows.series, hours, intensityOf(gridRow))]),
    );
    const ada = this.#stored.ada.series;
    for (const part of inParts(improved, hours)) {
      if (ofProject === undefined) await this.#restateRows(part, ofAll, fake);
      else yield* this.#restateByHosts([...part.keys()], fake);
    }
    const same = hours.filter((hour) => !improved.has(hour));
    const indexOf = new Map(hours.map((hour, i) => [hour, i]));
    // The best intensity is the stored object itself where the grid gave nothing as good.
    const isGivenAgain = (hour: FinishedHour): boolean =>
      rows
        .filter((gridRow) => isProvisional(gridRow.rows, hour))
        .every((gridRow) => {
          const before = gridRow.rows.provenance(hour)?.intensity ?? null;
          const isNew = intensityOf(gridRow).provenance[indexOf.get(hour) ?? -1] !== before;
          return this.#answers.hasAnswered(gridRow.source, hour) && (isNew || before?.kind === "fallback");
        });
    await this.#write(inWritingOrder([lookedUpRows(ada, same, isGivenAgain, horizon)]));
    return improved.size;
  }

  #gridRows(hours: readonly FinishedHour[]): GridRows[] {
    return gridRows(this.#answers.grids, hours, this.#stored);
  }

  /** Every row of an hour has the one intensity. */
  async #restateRows(
    part: ReadonlyMap<FinishedHour, number>,
    intensity: HourlyIntensity,
    fake: boolean,
  ): Promise<void> {
    const { store, signal } = this.#options;
    const again = (stored: UsageSeries): UsageSeries => restateSeries(stored, part, intensity, fake);
    await this.#write(...(await rowsAgain(store, [...part.keys()], again, signal)));
  }

  /** Only hosts know how much of a row is of which grid. */
  async *#restateByHosts(hours: readonly FinishedHour[], fake: boolean): AsyncGenerator<string> {
    const { store, signal, intensity } = this.#options;
    for (const chunk of inPieces(hours, CHUNK_HOURS)) {
      const account = new RestateAccount({});
      const { whole, series, hostsBefore } = await restatedChunk(
        { store, signal, intensity, fake },
        this.#stored.ada,
        chunk,
        account,
        async () => this.intensity(chunk),
      );
      await this.#write(series, hostsBefore);
      const left = chunk.length - whole.size;
      if (left > 0) yield notSplitText(chunk, left);
    }
  }
}
