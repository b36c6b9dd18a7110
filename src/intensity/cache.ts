import { limitTo } from "../transport/limit.js";
import { DAY_MS, HOUR_MS, hourOf, type Interval } from "../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  CALLBACK,
  numberFrom,
  optional,
  port,
  type Rules,
} from "../usage/options.js";
import { certaintyOf } from "../usage/provenance.js";
import type { IntensityCache } from "./cache-port.js";
import { oneValueEach } from "./one-value.js";
import { assertInterval, forecastInterval, uncovered, withNews } from "./periods.js";
import {
  INTENSITY_SOURCE,
  type IntensityCallOptions,
  type IntensityPeriod,
  type IntensitySource,
} from "./port.js";
import { isSettled } from "./settled.js";

/** How long what is not settled is kept. */
export interface CachedIntensityOptions {
  /** Current time in UTC milliseconds; the same clock as the source's. Default `Date.now`. */
  readonly clock?: () => number;
  /** How long a value that may still change is not asked for again, milliseconds. Default 5 minutes. */
  readonly freshForMs?: number;
  /**
   * Missing stretches that are closer than this are asked for together, milliseconds, because a service
   * counts requests and not what is in them. Default 14 days, the longest range of the GB service.
   */
  readonly bridgeMs?: number;
  /**
   * Longest stretch asked for at once, milliseconds, at least an hour: after each the answer is kept, so a
   * failure in a long run loses no more than one. Default the source's `longestRequestMs`, else 28 days, which are two
   * requests of the GB service.
   */
  readonly pieceMs?: number;
}

const CACHE_OPTIONS: Rules<CachedIntensityOptions> = {
  clock: optional(CALLBACK),
  freshForMs: optional(AMOUNT),
  bridgeMs: optional(AMOUNT),
  pieceMs: optional(numberFrom(HOUR_MS)),
};

/**
 * A source that asks the one behind it only for what it must:
 *
 * - a settled period ({@link isSettled}) is never asked for on its own account again, and its kept value stands;
 * - any other, and any future one, is asked for again once it is older than `freshForMs`;
 * - what the source did not know is not asked for again for as long, within this object's life;
 * - what is measured is never replaced by what is predicted, also if a prediction of it arrives later, so that one
 *   cache serves for both. Otherwise the newer value counts: a newer prediction, a revised measurement;
 * - of periods of one answer that overlap, one is chosen before it is kept: the measured one, then the one fetched
 *   later, then the higher. Where their values differ, `onWarning` of the call is told.
 *
 * So a measurement that is published late is seen, however old the period is: only what is settled hides what the
 * source says now. To ask the source alone, leave this out and use `source` as it is.
 *
 * When the source fails, so does the call, even if a kept value would fill the hole: an old value must not
 * pass for a current one. What had arrived before is kept, so the next call goes on from there.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { cachedIntensity, memoryIntensityCache } from "ada-carbon/intensity";
 *
 * let requests = 0;
 * const grid = {
 *   id: "my-grid",
 *   hasActual: true,
 *   periods: async ({ from, to }: { from: number; to: number }) => {
 *     requests += 1;
 *     return [{ from, to, gco2eqPerKwh: 100, kind: "actual" as const, fetchedAt: Date.now() }];
 *   },
 * };
 * const cached = cachedIntensity(grid, memoryIntensityCache());
 * await cached.periods({ from: 0, to: 3_600_000 });
 * await cached.periods({ from: 0, to: 3_600_000 });
 * assert.equal(requests, 1);
 */
export function cachedIntensity(
  source: IntensitySource,
  cache: IntensityCache,
  options: CachedIntensityOptions = {},
): IntensitySource {
  assertArgument("cachedIntensity", "source", source, INTENSITY_SOURCE);
  assertArgument("cachedIntensity", "cache", cache, port("IntensityCache", ["load", "save"]));
  assertOptions("cachedIntensity", options, CACHE_OPTIONS);
  const { clock = Date.now, freshForMs = 300_000, bridgeMs = 14 * DAY_MS } = options;
  const { pieceMs = source.longestRequestMs ?? 28 * DAY_MS } = options;
  const isFresh = (fetchedAt: number): boolean => fetchedAt <= clock() && clock() - fetchedAt < freshForMs;

  const inTurn = limitTo(1);

  /** What is at hand for an interval, and the stretches to ask for. */
  async function lookUp(interval: Interval, { absent, standing }: Asked) {
    const confirmed = standing.recent(isFresh);
    const kept = (await cache.load(source.id, interval)).filter(
      (period) =>
        isSettled(period, source) ||
        isFresh(period.fetchedAt) ||
        (period.kind === "actual" && confirmed.some(({ from }) => from === period.from)),
    );
    return { kept, missing: uncovered(interval, [...kept, ...absent.recent(isFresh)]) };
  }

  /** Whether a kept period is believed rather than one of the same start that has just arrived. */
  function stands(kept: IntensityPeriod, arrived: IntensityPeriod): boolean {
    if (isSettled(kept, source)) return true;
    if (kept.kind !== arrived.kind) return certaintyOf(kept.kind) > certaintyOf(arrived.kind);
    // One from the future is of a clock that was wrong.
    return kept.fetchedAt > arrived.fetchedAt && kept.fetchedAt <= clock();
  }

  /** Asks for one range, keeps what is better than what was kept, remembers what is not known. */
  async function ask(
    range: Interval,
    asked: Asked,
    { onWarning }: IntensityCallOptions,
    request: () => Promise<IntensityPeriod[]>,
  ): Promise<IntensityPeriod[]> {
    const askedAt = clock();
    const { periods: answer, warnings } = oneValueEach(await request(), source.id);
    for (const warning of warnings) onWarning?.(warning);
    // One after the other: between looking and saving nothing better may arrive.
    const { believed, standing } = await inTurn(() => keepBest(answer));
    asked.absent.add(uncovered(range, answer), askedAt);
    asked.standing.add(standing, askedAt);
    return believed;
  }

  async function keepBest(answer: readonly IntensityPeriod[]) {
    const span = spanOf(answer);
    const stored = new Map(
      (await cache.load(source.id, span)).map((period): [number, IntensityPeriod] => [period.from, period]),
    );
    const standing: IntensityPeriod[] = [];
    const news = answer.filter((arrived) => {
      const kept = stored.get(arrived.from);
      if (kept === undefined || !stands(kept, arrived)) return true;
      standing.push(kept);
      return false;
    });
    await cache.save(source.id, news);
    return { believed: [...news, ...standing], standing };
  }

  const listed: Asked = { absent: new Stretches(), standing: new Stretches() };
  const cached: IntensitySource = {
    id: source.id,
    basis: source.basis,
    licence: source.licence,
    hasActual: source.hasActual,
    longestRequestMs: source.longestRequestMs,
    async periods(interval, call = {}) {
      assertInterval(interval, call);
      call.signal?.throwIfAborted();
      const { kept, missing } = await lookUp(interval, listed);
      const news: IntensityPeriod[][] = [];
      for (const range of planRequests(missing, bridgeMs, pieceMs))
        news.push(await ask(range, listed, call, () => source.periods(range, call)));
      return withNews(kept, news.flat());
    },
  };
  if (source.forecast === undefined) return cached;

  // Apart from the above: a source may predict what it does not list, and the other way round.
  const predicted: Asked = { absent: new Stretches(), standing: new Stretches() };
  const forecast = source.forecast.bind(source);
  return {
    ...cached,
    async forecast(from, hours, call = {}) {
      const interval = forecastInterval(from, hours, call);
      call.signal?.throwIfAborted();
      const { kept, missing } = await lookUp(interval, predicted);
      if (missing.length === 0) return withNews(kept, []);
      return withNews(kept, await ask(interval, predicted, call, () => forecast(from, hours, call)));
    },
  };
}

/**
 * The requests for the missing stretches, ascending: one for those that are less than `bridgeMs` apart, cut
 * into pieces of at most `pieceMs`. The cuts are on the hour, whatever the first start.
 */
export function planRequests(missing: readonly Interval[], bridgeMs: number, pieceMs: number): Interval[] {
  const stretches: Interval[] = [];
  for (const { from, to } of missing) {
    const last = stretches.at(-1);
    if (last !== undefined && from - last.to < bridgeMs)
      stretches[stretches.length - 1] = { from: last.from, to };
    else stretches.push({ from, to });
  }
  return stretches.flatMap((stretch) => pieces(stretch, pieceMs));
}

function pieces({ from, to }: Interval, pieceMs: number): Interval[] {
  const cuts = [from];
  for (let cut = hourOf(from) + pieceMs; cut < to; cut += pieceMs) cuts.push(cut);
  return cuts.map((cut, i) => ({ from: cut, to: cuts[i + 1] ?? to }));
}

/** The least interval that they all lie in. */
function spanOf(periods: readonly IntensityPeriod[]): Interval {
  return periods.reduce(
    (span, { from, to }) => ({ from: Math.min(span.from, from), to: Math.max(span.to, to) }),
    { from: periods[0]?.from ?? 0, to: periods[0]?.to ?? 0 },
  );
}

/** What the source was asked for: what it did not know, and where a kept value was better than its answer. */
interface Asked {
  readonly absent: Stretches;
  readonly standing: Stretches;
}

/** Stretches of time, and when they were asked for. */
class Stretches {
  #stretches: (Interval & { readonly askedAt: number })[] = [];

  add(stretches: readonly Interval[], askedAt: number): void {
    for (const { from, to } of stretches) this.#stretches.push({ from, to, askedAt });
  }

  /** Forgets those asked for too long ago. */
  recent(isFresh: (askedAt: number) => boolean): readonly Interval[] {
    this.#stretches = this.#stretches.filter(({ askedAt }) => isFresh(askedAt));
    return this.#stretches;
  }
}
