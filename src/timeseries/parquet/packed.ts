import type { FinishedHour } from "../../usage/hour.js";
import type { Provenance } from "../../usage/provenance.js";
import type { Scope } from "../../usage/scope.js";
import {
  type Columns,
  concatColumns,
  concatNumbers,
  mergeSeries,
  type UsageSeries,
} from "../../usage/series.js";
import { STATUSES, type Status } from "../../usage/status.js";
import { concatRuns, eachRun, type Runs, toRuns } from "./runs.js";

/**
 * A series without an object a row, which is how files are read, merged and written: a year of those would
 * make most of the garbage. NaN is missing.
 */
export interface PackedSeries extends Columns {
  readonly scope: Scope;
  /** UTC milliseconds. */
  readonly hours: Float64Array;
  /** Indices in `STATUSES`. */
  readonly status: Uint8Array;
  readonly provenance: Runs<Provenance>;
}

const CODES = Object.fromEntries(STATUSES.map((status, code) => [status, code])) as Record<Status, number>;

/** Shares the number columns with the series. */
export function pack(series: UsageSeries): PackedSeries {
  const { hours, status, provenance, ...rest } = series;
  const codes = new Uint8Array(status.length);
  eachRun(toRuns(status), (each, from, to) => codes.fill(CODES[each], from, to));
  return { ...rest, hours: new Float64Array(hours), status: codes, provenance: toRuns(provenance) };
}

/** Shares the number columns with the packed series. */
export function unpack(packed: PackedSeries): UsageSeries {
  const { hours, status, provenance, ...rest } = packed;
  const rows: Provenance[] = [];
  eachRun(provenance, (value, from, to) => {
    for (let i = from; i < to; i++) rows.push(value);
  });
  return {
    ...rest,
    // What was stored was finished then; that it is an hour at all, assertSeries has seen.
    hours: Array.from(hours, (hour) => hour as FinishedHour),
    status: Array.from(status, (code) => STATUSES[code] ?? "not downloaded"),
    provenance: rows,
  };
}

/** `base` with the rows of `replacement` in their place, or added. Both are of one scope. */
export function mergePacked(base: PackedSeries, replacement: PackedSeries): PackedSeries {
  const last = base.hours.at(-1) ?? Number.NEGATIVE_INFINITY;
  // Appending is the usual case.
  if (last < (replacement.hours[0] ?? Number.POSITIVE_INFINITY)) return concatenated(base, replacement);
  return pack(mergeSeries(unpack(base), unpack(replacement)));
}

function concatenated(a: PackedSeries, b: PackedSeries): PackedSeries {
  const status = new Uint8Array(a.status.length + b.status.length);
  status.set(a.status);
  status.set(b.status, a.status.length);
  return {
    scope: a.scope,
    hours: concatNumbers([a.hours, b.hours]),
    ...concatColumns([a, b]),
    status,
    provenance: concatRuns(a.provenance, b.provenance),
  };
}
