import { type FinishedHour, HOUR_MS, type Interval } from "../../usage/hour.js";
import { AMOUNT, assertArgument, NUMBER, OBJECT, type Rule } from "../../usage/options.js";
import type { HostProvenance, Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import { COLUMNS, emptySeries, type MutableSeries, type UsageSeries } from "../../usage/series.js";
import type { Status } from "../../usage/status.js";
import { mix } from "../random.js";

/** 2025-01-01T00:00:00Z, where samples start. */
export const SAMPLE_START: number = Date.UTC(2025, 0, 1);

/** Every time that a sample can have. */
export const ALL_SAMPLES: Interval = { from: 0, to: Date.UTC(2100, 0, 1) };

/** `count` hours one after the other, from `SAMPLE_START` plus `first` hours. */
export function sampleHours(count: number, first = 0): FinishedHour[] {
  assertArgument("sampleHours", "count", count, AMOUNT);
  return Array.from({ length: count }, (_, i) => hourAt(first + i));
}

const WHOLE: Rule = { allowed: "a whole number", holds: Number.isSafeInteger };

/** The hour `index` hours after `SAMPLE_START`. */
export function hourAt(index: number): FinishedHour {
  assertArgument("hourAt", "index", index, WHOLE);
  return (SAMPLE_START + index * HOUR_MS) as FinishedHour;
}

const MODEL = "per-core/1(busy=12W,idle=1W)";
/** What stands behind a row of which nothing is known. */
export const NOT_GOT: Provenance = { library: "0.1.0", model: null, intensity: null };
const NO_CARBON: Provenance = { library: "0.1.0", model: MODEL, intensity: null };
const MEASURED = "gb-carbon-intensity/national";

/**
 * A valid series of these hours as a year of a real cluster would have it: mostly processed, some hours
 * incomplete, without carbon or not downloaded. The same arguments always give the same numbers.
 *
 * @param hours Ascending, or how many from {@link SAMPLE_START}.
 * @param seed Whole number; two scopes of one seed differ only if their names do.
 */
export function sampleSeries(
  scope: Scope,
  hours: readonly FinishedHour[] | number,
  seed: number,
): UsageSeries {
  assertArgument("a sample", "scope", scope, OBJECT);
  assertArgument("sampleSeries", "seed", seed, NUMBER);
  const all = typeof hours === "number" ? sampleHours(hours) : hours;
  const series = emptySeries(scope, all, NOT_GOT);
  const own = [...`${scope.kind}:${scope.name}`].reduce((hash, c) => mix(hash, c.codePointAt(0) ?? 0), seed);
  let day = Number.NaN;
  let actual: Provenance = NOT_GOT;
  all.forEach((hour, i) => {
    // One run a day, so that a day's hours share one provenance.
    if (Math.floor(hour / 24 / HOUR_MS) !== day) {
      day = Math.floor(hour / 24 / HOUR_MS);
      actual = measured((day + 2) * 24 * HOUR_MS);
    }
    fillRow(series, i, mix(own, hour / HOUR_MS), mix(seed, hour / HOUR_MS), actual);
  });
  return series;
}

function fillRow(series: MutableSeries, i: number, own: number, shared: number, actual: Provenance): void {
  const status = sampleStatus(own % 200);
  series.status[i] = status;
  if (status === "not downloaded") return;
  const cpuSeconds = (part: number): number => (mix(own, part) % 8_640_000_000) / 1e6;
  series.busyCpuSeconds[i] = cpuSeconds(1);
  series.idleCpuSeconds[i] = cpuSeconds(2);
  series.busyKwh[i] = (cpuSeconds(1) * 12) / 3.6e6;
  series.idleKwh[i] = cpuSeconds(2) / 3.6e6;
  series.coverage[i] = status === "download incomplete" ? (own % 1000) / 1000 : 1;
  if (status === "unprocessed") {
    series.provenance[i] = NO_CARBON;
    return;
  }
  // The grid is one for all scopes of an hour; a mean of half hours.
  const intensity = 20 + (shared % 600) / 2;
  series.gco2eqPerKwh[i] = intensity;
  series.busyGco2eq[i] = ((cpuSeconds(1) * 12) / 3.6e6) * intensity;
  series.idleGco2eq[i] = (cpuSeconds(2) / 3.6e6) * intensity;
  series.provenance[i] = actual;
}

function sampleStatus(draw: number): Status {
  if (draw === 0) return "not downloaded";
  if (draw === 1) return "unprocessed";
  return draw < 6 ? "download incomplete" : "processed";
}

function measured(fetchedAt: number): Provenance {
  return {
    library: "0.1.0",
    model: MODEL,
    intensity: { kind: "actual", source: MEASURED, fetchedAt, settled: true },
  };
}

/** A processed series in which every number of every row says `value`, so that a mixture of two shows. */
export function marked(scope: Scope, hours: readonly FinishedHour[], value: number): MutableSeries {
  assertArgument("a sample", "scope", scope, OBJECT);
  assertArgument("marked", "value", value, NUMBER);
  const provenance = measured(value);
  const series = emptySeries(scope, hours, provenance);
  for (const name of COLUMNS) series[name].fill(name === "coverage" ? 1 : value);
  series.status.fill("processed");
  return series;
}

/** What is known of a host that nobody used. */
export const HOST: HostProvenance = {
  project: "IDAaaS",
  machine: null,
  user: null,
  expectedCpuSeconds: 14_400,
  up: null,
  by: "labels",
  owners: [],
};
