import { describeBasis } from "../intensity/basis.js";
import { basisOfSource } from "../intensity/basis-of-source.js";
import { cachedIntensity } from "../intensity/cache.js";
import { memoryIntensityCache } from "../intensity/cache-port.js";
import { licenceOfSource } from "../intensity/licences.js";
import type { IntensityPeriod, IntensitySource } from "../intensity/port.js";
import { gridsOf, type ProjectGrids } from "../intensity/project-grids.js";
import { AdaCarbonError } from "../usage/errors.js";
import { HALF_HOUR_MS, HOUR_MS, type Interval } from "../usage/hour.js";
import type { IntensityKind } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { within } from "../usage/within.js";
import type { HandlerOptions } from "./options.js";

/** Intensity as a reply shows it. */
export interface ShownIntensity extends Interval {
  readonly gco2eqPerKwh: number;
  readonly kind: IntensityKind;
}

export interface GridNow {
  /** `null` where nothing is known, not even a fallback. */
  readonly now: ShownIntensity | null;
  readonly forecast: readonly IntensityPeriod[];
  /** Why there is no more than a fallback; `null` if all is well. */
  readonly failure: unknown;
}

/** Who asks about the grid waits no longer than this for its service. */
const PATIENCE_MS = 10_000;
/** Who asks about something else waits no longer than this. */
const SHORT_PATIENCE_MS = 1_000;
/** After a failure it is left alone for so long. */
const RETRY_AFTER_MS = 30_000;

/** A grid of a site, and which projects of the site are of it. */
export interface SiteGrid {
  readonly grid: Grid;
  readonly projects: readonly string[];
}

/** The grids of the sites. A site may span several. */
export class SiteGrids {
  /** Each once. */
  readonly all: readonly Grid[];
  /** Of whatever is about no site. */
  readonly others: Grid;
  readonly #ofSites: ReadonlyMap<string, readonly SiteGrid[]>;

  /** `bad-input` where the grams of the grids do not count the same. */
  constructor(
    intensity: IntensitySource | ProjectGrids,
    { sites, clock = Date.now, fallbackGco2eqPerKwh, licence }: HandlerOptions,
  ) {
    const { sources, others, of } = gridsOf(intensity);
    const grids = new Map<IntensitySource, Grid>();
    const ofSource = (source: IntensitySource): Grid =>
      remembered(grids, source, () => new Grid(source, clock, fallbackGco2eqPerKwh, licence));
    this.all = sources.map(ofSource);
    this.others = ofSource(others);
    this.#ofSites = new Map(
      Object.entries(sites).map(([site, given]) => {
        const byGrid = Map.groupBy([given].flat(), (project) => ofSource(of(project)));
        return [site, Array.from(byGrid, ([grid, projects]) => ({ grid, projects }))];
      }),
    );
  }

  /** That of the first project of a site is its first. */
  ofSite(site: string | undefined): readonly SiteGrid[] {
    return (site === undefined ? undefined : this.#ofSites.get(site)) ?? [];
  }

  /** The first grid of a site. */
  of(site: string | undefined): Grid {
    return this.ofSite(site)[0]?.grid ?? this.others;
  }
}

/**
 * The grid right now and for the hours to come. However many ask, the source is asked once in five minutes,
 * and not again at once when it has failed.
 */
export class Grid {
  readonly id: string;
  /** A line to show with the numbers. */
  readonly licence: string | null;
  /** What its grams count, for people; `null` where the source does not say. */
  readonly basis: string | null;
  readonly #source: IntensitySource;
  readonly #clock: () => number;
  readonly #fallback: number | undefined;
  readonly #underWay = new Map<number, Promise<GridNow>>();
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(
    source: IntensitySource,
    clock: () => number,
    fallback: number | undefined,
    licence: string | undefined,
  ) {
    this.id = source.id;
    this.licence = licence ?? source.licence ?? licenceOfSource(source.id);
    const basis = source.basis ?? basisOfSource(source);
    this.basis = basis === undefined ? null : describeBasis(basis);
    this.#clock = clock;
    this.#fallback = fallback;
    this.#source = cachedIntensity(source, memoryIntensityCache(), { clock });
  }

  /** Never rejects: what failed is in the answer. Equal questions at the same time are one. */
  now(hours: number): Promise<GridNow> {
    return remembered(this.#underWay, hours, () =>
      this.#ask(hours).finally(() => this.#underWay.delete(hours)),
    );
  }

  /** The same for a reply that has more to say than the grid's: without it, if it does not answer soon. */
  async soon(hours: number): Promise<GridNow> {
    return (await within(SHORT_PATIENCE_MS, this.now(hours))) ?? this.#fallen(this.#clock(), null);
  }

  async #ask(hours: number): Promise<GridNow> {
    const at = this.#clock();
    if (this.#failed !== undefined && Math.abs(at - this.#failed.at) < RETRY_AFTER_MS)
      return this.#fallen(at, this.#failed.error);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const around = { from: at - (at % HALF_HOUR_MS), to: at + 1 };
      const current = await this.#source.periods(around, { signal });
      const ahead = hours > 0 ? ((await this.#source.forecast?.(at, hours, { signal })) ?? []) : [];
      this.#failed = undefined;
      const now = [...current, ...ahead].find(({ from, to }) => from <= at && at < to);
      return { now: now ?? this.#constant(at), forecast: ahead.filter(({ to }) => to > at), failure: null };
    } catch (cause) {
      const late = `${this.id}: no answer within ${PATIENCE_MS / 1000} s`;
      const error = signal.aborted ? new AdaCarbonError("timeout", late, { cause }) : cause;
      this.#failed = { at: this.#clock(), error };
      return this.#fallen(at, error);
    }
  }

  #fallen(at: number, failure: unknown): GridNow {
    return { now: this.#constant(at), forecast: [], failure };
  }

  #constant(at: number): ShownIntensity | null {
    if (this.#fallback === undefined) return null;
    return { from: at, to: at + HOUR_MS, gco2eqPerKwh: this.#fallback, kind: "fallback" };
  }
}

/** What is known from an instant on: the forecast, and before it begins the period that goes on. */
export function periodsFrom(at: number, { now, forecast }: GridNow): readonly IntensityPeriod[] {
  const first = forecast[0]?.from ?? Number.POSITIVE_INFINITY;
  if (now === null || now.kind === "fallback" || first <= at) return forecast;
  return [{ ...now, kind: now.kind, to: Math.min(now.to, first), fetchedAt: at }, ...forecast];
}
