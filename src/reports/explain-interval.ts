import { basisOfStored } from "../intensity/basis-of-source.js";
import type { Interval } from "../usage/hour.js";
import { finishedHours } from "../usage/hour.js";
import { JOULES_PER_KWH } from "../usage/physical.js";
import type { IntensityKind } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { sumOf } from "../usage/sum.js";
import { type KnownTotals, knownTotals } from "./known-totals.js";

/** One part of a sum: a type of machine, or what could not be divided. */
interface SumPart {
  /** Name of the machine type; `null` for what no stored host accounts for. */
  readonly what: string | null;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  /** Watts of a busy and of an idle core that the kWh come to; `null` where it had none. */
  readonly busyWatts: number | null;
  readonly idleWatts: number | null;
  readonly busyKwh: number;
  readonly idleKwh: number;
  readonly kwh: number;
}

/** How the intensity of some hours was known. */
interface IntensityPart {
  readonly kind: IntensityKind;
  readonly source: string;
  /** What its grams count, as `formatBasis` writes it; `null` where that is not known. */
  readonly basis: string | null;
  readonly hours: number;
  /** Mean of the hours. */
  readonly gco2eqPerKwh: number;
}

export interface ModelConstant {
  readonly name: string;
  readonly value: string;
}

/** Where a sum over an interval comes from. */
export interface IntervalExplanation {
  readonly totals: KnownTotals;
  readonly sum: readonly SumPart[];
  readonly intensity: readonly IntensityPart[];
  readonly hours: {
    readonly asked: number;
    /** Hours that are over; hours to come are not missing. */
    readonly over: number;
    readonly known: number;
    readonly provisional: number;
    readonly withoutCarbon: number;
  };
}

/**
 * Takes a sum apart: by type of machine, with what remains, so that the parts are the sum again; and by how the intensity
 * was known.
 *
 * @param parts Of the scope, by type of machine; empty where no hosts are stored.
 */
export function explainInterval(
  series: UsageSeries,
  parts: readonly UsageSeries[],
  interval: Interval,
  now: number,
): IntervalExplanation {
  const totals = knownTotals(series, interval);
  const machines = parts
    .map((part) => {
      const known = knownTotals(part, interval);
      return sumPart(part.scope.name, (name) => known[name] ?? 0);
    })
    .sort((a, b) => b.kwh - a.kwh || (String(a.what) < String(b.what) ? -1 : 1));
  const rest = restOf(totals, machines);
  return {
    totals,
    sum: rest === undefined ? machines : [...machines, rest],
    intensity: intensityParts(series, interval),
    hours: {
      asked: totals.hours,
      over: finishedHours(interval, now).length,
      known: totals.hoursKnown,
      provisional: totals.hoursProvisional,
      withoutCarbon: totals.hoursWithoutCarbon,
    },
  };
}

type Used = "busyCpuSeconds" | "idleCpuSeconds" | "busyKwh" | "idleKwh";

function sumPart(what: string | null, used: (name: Used) => number): SumPart {
  const [busyCpuSeconds, idleCpuSeconds] = [used("busyCpuSeconds"), used("idleCpuSeconds")];
  const [busyKwh, idleKwh] = [used("busyKwh"), used("idleKwh")];
  const watts = (kwh: number, seconds: number): number | null =>
    seconds > 0 ? (kwh * JOULES_PER_KWH) / seconds : null;
  return {
    what,
    ...{ busyCpuSeconds, idleCpuSeconds, busyKwh, idleKwh },
    busyWatts: watts(busyKwh, busyCpuSeconds),
    idleWatts: watts(idleKwh, idleCpuSeconds),
    kwh: busyKwh + idleKwh,
  };
}

/** Less than this of the whole is rounding. */
const ROUNDING = 1e-9;

/** What the parts do not add up to; `undefined` if they do. */
function restOf(totals: KnownTotals, parts: readonly SumPart[]): SumPart | undefined {
  const whole = totals.kwh.kwh ?? 0;
  const rest = sumPart(null, (name) =>
    Math.max(0, sumOf([totals[name] ?? 0, ...parts.map((part) => -part[name])])),
  );
  return rest.kwh > ROUNDING * whole ? rest : undefined;
}

function intensityParts(series: UsageSeries, interval: Interval): IntensityPart[] {
  const parts = new Map<string, { part: Omit<IntensityPart, "hours" | "gco2eqPerKwh">; grams: number[] }>();
  series.hours.forEach((hour, i) => {
    const intensity = series.provenance[i]?.intensity;
    const grams = numberAt(series.gco2eqPerKwh, i);
    if (hour < interval.from || hour >= interval.to || intensity == null || Number.isNaN(grams)) return;
    const { kind, source } = intensity;
    const basis = basisOfStored(intensity) ?? null;
    const key = JSON.stringify([kind, source, basis]);
    remembered(parts, key, () => ({ part: { kind, source, basis }, grams: [] })).grams.push(grams);
  });
  return [...parts.values()].map(({ part, grams }) => ({
    ...part,
    hours: grams.length,
    gco2eqPerKwh: grams.reduce((sum, one) => sum + one, 0) / grams.length,
  }));
}

/** The constants in the name of a power model, such as `busy=12W`. */
export function modelConstants(model: string | null): ModelConstant[] {
  return [...(model ?? "").matchAll(/(\S+?)=(\S+)/g)].map(([, name = "", value = ""]) => ({ name, value }));
}
