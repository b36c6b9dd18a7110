import { joinBases } from "../intensity/basis-of-source.js";
import { type GramBases, isOfTwoBases, mergedBases, withoutMixedGrams } from "../intensity/gram-bases.js";
import type { Sums } from "../timeseries/rollup/bin.js";
import { busyAndIdle } from "../timeseries/rollup/bin.js";
import { QUANTITIES } from "../usage/series.js";
import { KnownSum } from "../usage/sum.js";
import { type Bounded, type KnownTotals, ratio } from "./known-totals.js";

/** By what a list of owners is sorted. */
export const SORTS = ["energy", "carbon", "idle", "name", "change"] as const;
export type Sort = (typeof SORTS)[number];

/** An owner in a list. */
export interface ListedOwner {
  readonly name: string;
  readonly sums: Sums;
  /** How much more it uses in a known hour than in the time beside it: 0.2 is a fifth more; `null` if not known. */
  readonly change: number | null;
}

/** What an owner is sorted by; `null`, which comes last, where it is not known. */
export function sortKey({ name, sums, change }: ListedOwner, sort: Sort): number | string | null {
  switch (sort) {
    case "energy":
      return busyAndIdle(sums, "energy").total;
    case "carbon":
      return busyAndIdle(sums, "carbon").total;
    case "idle":
      return sums.idleKwh;
    case "change":
      return change;
    case "name":
      return name;
  }
}

export type SortKey = ReturnType<typeof sortKey>;

/**
 * With whom an owner is put together in a list by grams. Grams of two bases cannot be ranked: owners of each basis are
 * put apart. Where all are of one, everybody is together.
 */
export function basisGroups(all: readonly GramBases[]): (sums: GramBases) => string {
  const isMixed = isOfTwoBases(mergedBases(all));
  return ({ bases }) => (isMixed ? (joinBases(bases) ?? "") : "");
}

/** The order of a list: by group, then by key, then by name. */
export function compareOwners(
  [a, nameOfA, groupOfA = ""]: readonly [SortKey, string, string?],
  [b, nameOfB, groupOfB = ""]: readonly [SortKey, string, string?],
  isDescending: boolean,
): number {
  if (groupOfA !== groupOfB) return groupOfA < groupOfB ? -1 : 1;
  if (a !== b) {
    if (a === null) return 1;
    if (b === null) return -1;
    return (a < b ? -1 : 1) * (isDescending ? -1 : 1);
  }
  return nameOfA === nameOfB ? 0 : nameOfA < nameOfB ? -1 : 1;
}

/** The change of energy from one time to another, by known hour, so that a shorter time is no less for it. */
export function changeOf(now: Sums, before: Sums): number | null {
  const [perHour, perHourBefore] = [now, before].map((sums) => {
    const kwh = busyAndIdle(sums, "energy").total;
    return kwh === null ? null : kwh / (sums.hours - sums.hoursMissing);
  });
  if (perHour == null || perHourBefore == null || !(perHourBefore > 0)) return null;
  return perHour / perHourBefore - 1;
}

/**
 * Totals of several owners over the same hours, as one. Their errors are of one power model: bounds add up. Grams that
 * count different things have no sum.
 */
export function sumOfTotals(all: readonly KnownTotals[]): KnownTotals | null {
  const [first] = all;
  if (first === undefined) return null;
  const total = (of: (totals: KnownTotals) => number | null): number | null =>
    all.reduce((sum, totals) => sum.add(of(totals) ?? Number.NaN), new KnownSum()).value;
  const most = (of: (totals: KnownTotals) => number): number => Math.max(...all.map(of));
  const bounded = <Unit extends "kwh" | "gco2eq">(unit: Unit, of: (totals: KnownTotals) => Bounded<Unit>) => {
    const known = all.map(of).filter((amount) => amount[unit] !== null);
    const side = (name: "low" | "high"): number | null =>
      known.some((amount) => amount[name] === null) ? null : total((totals) => of(totals)[name]);
    return { low: side("low"), high: side("high") };
  };
  const bases = mergedBases(all);
  const hasNoGrams = isOfTwoBases(bases);
  const kwh = total((totals) => totals.kwh.kwh);
  const gco2eq = hasNoGrams ? null : total((totals) => totals.gco2eq.gco2eq);
  const idleKwh = total((totals) => totals.idleKwh);
  const withCarbon = total(kwhWithCarbon);
  const withActual = total((totals) => (totals.actualShare ?? Number.NaN) * (kwhWithCarbon(totals) ?? 0));
  const markets = all.flatMap(({ market }) => market ?? []);
  const quantities = QUANTITIES.map((name) => [
    name,
    hasNoGrams && name.endsWith("Gco2eq") ? null : total((totals) => totals[name]),
  ]);
  return {
    ...first,
    ...Object.fromEntries(quantities),
    ...bases,
    hoursMissing: most((totals) => totals.hoursMissing),
    hoursIncomplete: most((totals) => totals.hoursIncomplete),
    hoursWithoutCarbon: most((totals) => totals.hoursWithoutCarbon),
    hoursProvisional: most((totals) => totals.hoursProvisional),
    coverage: all.reduce((sum, { coverage }) => sum + coverage, 0) / all.length,
    kwh: { kwh, ...bounded("kwh", (totals) => totals.kwh) },
    gco2eq: hasNoGrams
      ? { gco2eq, low: null, high: null }
      : { gco2eq, ...bounded("gco2eq", (totals) => totals.gco2eq) },
    ...(markets.length === 0
      ? {}
      : {
          market: withoutMixedGrams({
            ...mergedBases(markets),
            busyGco2eq: total((totals) => totals.market?.busyGco2eq ?? null),
            idleGco2eq: total((totals) => totals.market?.idleGco2eq ?? null),
            hoursWithoutCarbon: most((totals) => totals.market?.hoursWithoutCarbon ?? 0),
          }),
        }),
    idleShare: ratio(idleKwh, kwh),
    gco2eqPerKwh: ratio(gco2eq, withCarbon),
    actualShare: ratio(withActual, withCarbon),
  };
}

function kwhWithCarbon({ gco2eq, gco2eqPerKwh }: KnownTotals): number | null {
  return gco2eq.gco2eq === null || gco2eqPerKwh === null || gco2eqPerKwh === 0
    ? null
    : gco2eq.gco2eq / gco2eqPerKwh;
}
