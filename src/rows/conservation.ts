import type { FinishedHour } from "../usage/hour.js";
import { hasMarket, marketBased } from "../usage/market.js";
import { numberAt, QUANTITIES, type Quantity, type UsageSeries } from "../usage/series.js";
import { PARTITIONS } from "./kinds.js";
import { RowIndex } from "./row-index.js";

/**
 * Largest relative difference between `ada` and the sum over each kind that partitions it, in both ledgers. Where `ada` is
 * not known because a part is not, as where one of several grids is away, there is nothing to compare.
 */
export function conservationError(batch: readonly UsageSeries[]): number {
  const error = errorOf(batch, QUANTITIES);
  if (!batch.some(hasMarket)) return error;
  return Math.max(error, errorOf(batch.map(marketBased), ["busyGco2eq", "idleGco2eq"]));
}

function errorOf(batch: readonly UsageSeries[], quantities: readonly Quantity[]): number {
  const ada = batch.find(({ scope }) => scope.kind === "ada");
  if (ada === undefined) return 0;
  const index = new RowIndex(ada);
  let worst = 0;
  for (const kind of PARTITIONS) {
    const ofKind = batch.filter(({ scope }) => scope.kind === kind);
    if (ofKind.length === 0) continue;
    const rows = ofKind.map(({ hours }) => rowsOf(hours, index));
    for (const name of quantities) {
      const sum = new Float64Array(ada.hours.length);
      ofKind.forEach((series, s) => {
        addRows(sum, series[name], rows[s] ?? new Int32Array());
      });
      const wholes = ada[name];
      const unknown = unknownRows(ofKind, name, rows);
      for (let t = 0; t < wholes.length; t++) {
        const whole = wholes[t] as number;
        if (Number.isNaN(whole) && unknown.has(t)) continue;
        const summed = sum[t] as number;
        const difference = Math.abs((Number.isNaN(whole) ? 0 : whole) - summed);
        if (difference > 0) worst = Math.max(worst, difference / Math.max(whole, summed));
      }
    }
  }
  return worst;
}

function rowsOf(hours: readonly FinishedHour[], index: RowIndex): Int32Array {
  const rows = new Int32Array(hours.length);
  // Written out: it sees every hour of every scope.
  for (let i = 0; i < rows.length; i++) rows[i] = index.row(hours[i] as FinishedHour) ?? -1;
  return rows;
}

/** Rows of which a part has energy, and no number here. */
function unknownRows(
  parts: readonly UsageSeries[],
  name: Quantity,
  rows: readonly Int32Array[],
): ReadonlySet<number> {
  const unknown = new Set<number>();
  parts.forEach((part, s) => {
    part[name].forEach((value, i) => {
      if (Number.isNaN(value) && !Number.isNaN(numberAt(part.busyKwh, i))) unknown.add(rows[s]?.[i] ?? -1);
    });
  });
  return unknown;
}

/** Adds the values that are not missing to the rows that they belong to. */
function addRows(sum: Float64Array, values: Float64Array, rows: Int32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const row = rows[i] as number;
    if (!Number.isNaN(value)) sum[row] = (sum[row] as number) + value;
  }
}
