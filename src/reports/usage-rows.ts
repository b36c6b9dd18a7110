import { joinBases } from "../intensity/basis-of-source.js";
import { type Bin, busyAndIdle, marketTotal } from "../timeseries/rollup/bin.js";
import type { BinSize } from "../timeseries/rollup/bin-table.js";
import { rollup } from "../timeseries/rollup/rollup.js";
import type { Interval } from "../usage/hour.js";
import type { ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { boundsOfBins } from "./bounds.js";
import { rangeOf } from "./known-totals.js";

/** What a scope used in a bin. What is not known is `null`. */
export interface UsageRow {
  readonly from: Date;
  readonly to: Date;
  /** The bin in the zone: `2025-09-10 13:00`, `2025-09-10`, `2025-W37`, `2025-09` or `2025`. */
  readonly label: string;
  readonly kind: ScopeKind;
  readonly name: string;
  readonly busyKwh: number | null;
  readonly idleKwh: number | null;
  readonly totalKwh: number | null;
  /** Bounds of `totalKwh`. */
  readonly lowKwh: number | null;
  readonly highKwh: number | null;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: number | null;
  readonly idleGco2eq: number | null;
  readonly totalGco2eq: number | null;
  readonly lowGco2eq: number | null;
  readonly highGco2eq: number | null;
  /** Market-based grams, where any hour of the bin has them; all others are location-based. */
  readonly busyMarketGco2eq?: number | null;
  readonly idleMarketGco2eq?: number | null;
  readonly totalMarketGco2eq?: number | null;
  /** What these count, as `basis` is written. */
  readonly marketBasis?: string | null;
  /** 0 to 1; an hour that is missing counts as 0. */
  readonly coverage: number;
  readonly hours: number;
  readonly hoursMissing: number;
  /** Hours in which more was used than was seen, such as at a server that was away: it lowers no coverage. */
  readonly hoursIncomplete: number;
  readonly hoursWithoutCarbon: number;
  /**
   * What the grams count, as `formatBasis` writes it; `null` where that is not known. Several bases, whose grams have no
   * sum, are joined by ` + `.
   */
  readonly basis: string | null;
  /** Hours with grams that do not say what these count. */
  readonly hoursOfUnknownBasis: number;
}

/** A row of which busy and idle are apart, as a stacked bar wants them. */
export interface UseRow extends Pick<UsageRow, "from" | "to" | "label" | "kind" | "name" | "coverage"> {
  readonly use: "busy" | "idle";
  readonly kwh: number | null;
  readonly gco2eq: number | null;
}

/** The rows of one scope, a bin each. */
export function usageRows(series: UsageSeries, interval: Interval, by: BinSize, zone: string): UsageRow[] {
  const bins = rollup(series, interval, by, { zone });
  const bounds = boundsOfBins(series, bins);
  return bins.map((bin, i) => {
    const [kwh, gco2eq] = [rangeOf(bounds[i]?.kwh ?? null), rangeOf(bounds[i]?.gco2eq ?? null)];
    return {
      ...{ from: new Date(bin.from), to: new Date(bin.to), label: bin.label },
      ...{ kind: series.scope.kind, name: series.scope.name },
      ...{ busyKwh: bin.busyKwh, idleKwh: bin.idleKwh, totalKwh: busyAndIdle(bin, "energy").total },
      ...{ lowKwh: kwh.low, highKwh: kwh.high },
      ...{ busyGco2eq: bin.busyGco2eq, idleGco2eq: bin.idleGco2eq },
      ...{ totalGco2eq: busyAndIdle(bin, "carbon").total, lowGco2eq: gco2eq.low, highGco2eq: gco2eq.high },
      ...marketOf(bin),
      ...countsOf(bin),
    };
  });
}

function marketOf({ market }: Bin) {
  if (market === undefined) return {};
  return {
    ...{ busyMarketGco2eq: market.busyGco2eq, idleMarketGco2eq: market.idleGco2eq },
    totalMarketGco2eq: marketTotal(market),
    marketBasis: joinBases(market.bases) ?? null,
  };
}

function countsOf({ coverage, hours, hoursMissing, hoursIncomplete, ...carbon }: Bin) {
  const { hoursWithoutCarbon, bases, hoursOfUnknownBasis } = carbon;
  const basis = joinBases(bases) ?? null;
  return { coverage, hours, hoursMissing, hoursIncomplete, hoursWithoutCarbon, basis, hoursOfUnknownBasis };
}

/** Busy and idle of a row as two rows. */
export function useRows({ from, to, label, kind, name, coverage, ...row }: UsageRow): [UseRow, UseRow] {
  const common = { from, to, label, kind, name, coverage };
  return [
    { ...common, use: "busy", kwh: row.busyKwh, gco2eq: row.busyGco2eq },
    { ...common, use: "idle", kwh: row.idleKwh, gco2eq: row.idleGco2eq },
  ];
}

/** The columns that rows have; those of market-based grams only where there are any. */
export function columnsOfRows(rows: readonly UsageRow[]): (keyof UsageRow)[] {
  const hasMarket = rows.some((row) => row.totalMarketGco2eq !== undefined);
  const names = Object.keys(USAGE_COLUMNS) as (keyof UsageRow)[];
  return hasMarket ? names : names.filter((name) => !/^market|Market/.test(name));
}

/** The columns of a table, in order: those of a {@link UsageRow}, and what is in them. */
export const USAGE_COLUMNS: { readonly [Name in keyof UsageRow]-?: "instant" | "text" | "number" } = {
  from: "instant",
  to: "instant",
  label: "text",
  kind: "text",
  name: "text",
  busyKwh: "number",
  idleKwh: "number",
  totalKwh: "number",
  lowKwh: "number",
  highKwh: "number",
  busyGco2eq: "number",
  idleGco2eq: "number",
  totalGco2eq: "number",
  lowGco2eq: "number",
  highGco2eq: "number",
  busyMarketGco2eq: "number",
  idleMarketGco2eq: "number",
  totalMarketGco2eq: "number",
  marketBasis: "text",
  coverage: "number",
  hours: "number",
  hoursMissing: "number",
  hoursIncomplete: "number",
  hoursWithoutCarbon: "number",
  basis: "text",
  hoursOfUnknownBasis: "number",
};
