import type { Window } from "./storage.js";

/** A function of the samples in a range that ends at `to`; undefined where it has no value. */
type RangeFunction = (window: Window, from: number, to: number) => number | undefined;

/** The functions over a range vector, with the semantics of Prometheus 2.42. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ["increase", extrapolatedIncrease],
  ["rate", rate],
  ["changes", changes],
  ["count_over_time", (window) => window.length],
  ["last_over_time", (window) => window.value(window.length - 1)],
  ["min_over_time", (window) => fold(window, Math.min)],
  ["max_over_time", (window) => fold(window, Math.max)],
  ["sum_over_time", sum],
  ["avg_over_time", (window) => sum(window) / window.length],
]);

function rate(window: Window, from: number, to: number): number | undefined {
  const increase = extrapolatedIncrease(window, from, to);
  return increase === undefined ? undefined : increase / ((to - from) / 1000);
}

/**
 * The growth of a counter between its first and last sample, resets added back, scaled up to the whole
 * range. A side is only extrapolated to the edge if the edge is nearer than 1.1 mean sample spacings;
 * otherwise by half a spacing. To the left, never beyond the instant at which the counter was zero.
 */
function extrapolatedIncrease(window: Window, from: number, to: number): number | undefined {
  const last = window.length - 1;
  if (last < 1) return undefined;
  const growth = window.value(last) - window.value(0) + lostInResets(window);

  const sampled = (window.time(last) - window.time(0)) / 1000;
  const spacing = sampled / last;
  let toStart = (window.time(0) - from) / 1000;
  const toEnd = (to - window.time(last)) / 1000;
  if (growth > 0 && window.value(0) >= 0) toStart = Math.min(toStart, sampled * (window.value(0) / growth));

  const reach = (edge: number): number => (edge < spacing * 1.1 ? edge : spacing / 2);
  return growth * ((sampled + reach(toStart) + reach(toEnd)) / sampled);
}

/** What a counter had reached at each of its resets. */
function lostInResets(window: Window): number {
  let lost = 0;
  const look = (i: number): void => {
    const before = window.value(i - 1);
    if (window.value(i) < before) lost += before;
  };
  if (window.drops !== undefined) window.drops.forEach(look);
  else for (let i = 1; i < window.length; i++) look(i);
  return lost;
}

function changes(window: Window): number {
  let count = 0;
  for (let i = 1; i < window.length; i++) {
    const [before, value] = [window.value(i - 1), window.value(i)];
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count++;
  }
  return count;
}

/** Compensated, as in Prometheus: the order of magnitude of the samples does not matter. */
function sum(window: Window): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < window.length; i++) {
    const value = window.value(i);
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
}

/** NaN counts only where there is nothing else. */
function fold(window: Window, better: (a: number, b: number) => number): number {
  let result = window.value(0);
  for (let i = 1; i < window.length; i++) {
    const value = window.value(i);
    if (Number.isNaN(result)) result = value;
    else if (!Number.isNaN(value)) result = better(result, value);
  }
  return result;
}
