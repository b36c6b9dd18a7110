import { badInput } from "../../usage/errors.js";
import { formatInterval, overlaps } from "../../usage/hour.js";
import { assertOptions, CALLBACK, OBJECT, optional, port, type Rules } from "../../usage/options.js";
import { licenceOfSource } from "../licences.js";
import { valuesIn } from "../one-value.js";
import { assertInterval, byStart } from "../periods.js";
import type { IntensityPeriod, IntensitySource } from "../port.js";
import type { FuelFactors } from "./factors.js";
import type { GenerationPeriod, GenerationSource } from "./generation.js";
import { generatedIn, leftOutFuels } from "./left-out-fuels.js";

/** What is generated, and what a kWh of each fuel emits. */
export interface MixIntensityOptions {
  readonly generation: GenerationSource;
  readonly factors: FuelFactors;
  /** UTC milliseconds, for `fetchedAt`. Default `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

const MIX_OPTIONS: Rules<MixIntensityOptions> = {
  generation: port("GenerationSource", ["generation"]),
  factors: OBJECT,
  clock: optional(CALLBACK),
};

/**
 * The intensity of what a grid generates: its mix times factors, an average of production without losses and imports.
 * A period with a fuel that has no factor is not known, and `onWarning` is told, unless it is under 1% of the whole. So is
 * one from which a fuel is left out that was over 1% of the whole shortly before or after.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { type GenerationSource, IPCC_2014, mixIntensity } from "ada-carbon/intensity";
 *
 * const generation: GenerationSource = {
 *   id: "my-grid",
 *   generation: async ({ from, to }) => [{ from, to, byFuel: new Map([["gas", 500], ["wind", 1500]]) }],
 * };
 * const grid = mixIntensity({ generation, factors: IPCC_2014 });
 * const [period] = await grid.periods({ from: 0, to: 3_600_000 });
 * assert.equal(period?.gco2eqPerKwh, (500 * 490 + 1500 * 11) / 2000);
 */
export function mixIntensity(options: MixIntensityOptions): IntensitySource {
  assertOptions("mixIntensity", options, MIX_OPTIONS);
  const { generation, factors, clock = Date.now } = options;
  assertFactors(factors);
  const id = `mix/${generation.id}/${factors.id}`;
  return {
    id,
    basis: {
      signal: "average",
      emissions: factors.emissions,
      flow: "production",
      losses: "excluded",
      accounting: "location",
      gas: factors.gas,
    },
    licence: licenceOfSource(id) ?? undefined,
    hasActual: true,
    longestRequestMs: generation.longestRequestMs,
    async periods(interval, call = {}) {
      assertInterval(interval, call);
      const fetchedAt = clock();
      const known = (await generation.generation(interval, call)).filter((period) =>
        overlaps(period, interval),
      );
      const leftOut = leftOutFuels(known, NEGLIGIBLE_SHARE);
      const withoutFactors: GenerationPeriod[] = [];
      const answer = known.flatMap((period): IntensityPeriod[] => {
        if (leftOut.has(period)) return [];
        const gco2eqPerKwh = intensityOf(period, factors);
        if (gco2eqPerKwh === undefined) withoutFactors.push(period);
        if (gco2eqPerKwh === undefined) return [];
        const { from, to, updatedAt } = period;
        const updated = updatedAt === undefined ? {} : { updatedAt };
        return [{ from, to, gco2eqPerKwh, kind: "actual", fetchedAt, ...updated }];
      });
      const periods = valuesIn(answer, interval, id, call);
      const unknown = [
        notKnown(withoutFactors, whyWithoutFactor(withoutFactors, factors), id),
        notKnown([...leftOut.keys()].sort(byStart), whyLeftOut([...leftOut.values()]), id),
      ];
      for (const warning of unknown.flat()) call.onWarning?.(warning);
      return periods;
    },
  };
}

/** Of all that is generated, the part of fuels without a factor that may be left out. */
const NEGLIGIBLE_SHARE = 0.01;

/** The mean over the fuels, weighted by what they generated; `undefined` where that cannot be said. */
function intensityOf(period: GenerationPeriod, factors: FuelFactors): number | undefined {
  const all = generatedIn(period);
  let [grams, weighed] = [0, 0];
  for (const [fuel, generated] of period.byFuel) {
    const factor = factorOf(fuel, factors);
    if (!(generated > 0) || factor === undefined) continue;
    grams += generated * factor;
    weighed += generated;
  }
  if (weighed === 0 || (all - weighed) / all > NEGLIGIBLE_SHARE) return undefined;
  return grams / weighed;
}

/** Fuels may have any name that a service gives them, such as that of something each object has. */
function factorOf(fuel: string, { gramsPerKwh }: FuelFactors): number | undefined {
  return Object.hasOwn(gramsPerKwh, fuel) ? gramsPerKwh[fuel] : undefined;
}

/** Names the fuels without a factor, the one with the largest share first, and how much they were in all at most. */
function whyWithoutFactor(periods: readonly GenerationPeriod[], factors: FuelFactors): string {
  const shares = new Map<string, number>();
  let largest = 0;
  for (const period of periods) {
    const all = generatedIn(period);
    let lacking = 0;
    for (const [fuel, generated] of period.byFuel) {
      if (!(generated > 0) || factorOf(fuel, factors) !== undefined) continue;
      lacking += generated / all;
      shares.set(fuel, Math.max(shares.get(fuel) ?? 0, generated / all));
    }
    largest = Math.max(largest, lacking);
  }
  const fuels = [...shares].sort(([, a], [, b]) => b - a).map(([fuel]) => fuel);
  if (fuels.length === 0) return "nothing was generated";
  const more = fuels.length > 3 ? ` and ${fuels.length - 3} more` : "";
  return `${factors.id} has no factor of ${fuels.slice(0, 3).join(", ")}${more}, up to ${(largest * 100).toFixed(1)}% of what was generated; give one in gramsPerKwh, or with --grid and ?grams=${fuels[0]}:NUMBER`;
}

function whyLeftOut(fuels: readonly ReadonlySet<string>[]): string {
  const names = [...new Set(fuels.flatMap((set) => [...set]))].sort().join(", ");
  return `nothing is said of ${names}, and there was before or after`;
}

/** A warning that names the first of such times and how many more there are. */
function notKnown([first, ...others]: readonly GenerationPeriod[], why: string, name: string): string[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : ` and ${others.length} more times`;
  return [`${name}: the intensity is not known, ${formatInterval(first)}${more}: ${why}`];
}

function assertFactors({ id, gramsPerKwh }: FuelFactors): void {
  for (const [fuel, grams] of Object.entries(gramsPerKwh ?? {})) {
    if (grams === undefined || (grams >= 0 && grams <= 2000)) continue;
    throw badInput(`${id}: ${grams} is no factor of ${fuel}; give grams per kWh, 0 to 2000`);
  }
}
