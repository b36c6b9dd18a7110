import * as z from "zod";
import type { Cell, Table } from "../codecs/csv.js";
import { joinBases } from "../intensity/basis-of-source.js";
import { basisLine } from "../reports/basis-line.js";
import type { Comparison, Gap, History } from "../reports/history.js";
import { BIN_SIZES } from "../timeseries/rollup/bin-table.js";
import { toGraph } from "../timeseries/rollup/graph.js";
import { formatEnds, formatInstant } from "../usage/hour.js";
import { amount, count, fromTo, share, time } from "./schemas.js";
import { knownTotalsSchema } from "./totals.js";

const values = z.array(amount.nullable());
const times = z.array(time);
const binsSchema = z.strictObject({
  starts: times,
  ends: times,
  labels: z.array(z.string()),
  busyKwh: values,
  idleKwh: values,
  busyGco2eq: values,
  idleGco2eq: values,
  /** Market-based grams, where any hour has them; all others are location-based. */
  busyMarketGco2eq: values.optional(),
  idleMarketGco2eq: values.optional(),
  marketBasis: z.array(z.string().nullable()).optional(),
  /** What the grams count, as text of `formatBasis`; several, which have no sum, joined by ` + `. */
  basis: z.array(z.string().nullable()),
  /** 0 to 1. */
  coverage: z.array(share),
  hoursKnown: z.array(count),
  hours: z.array(count),
});
/** Bins as columns of equal length. `null` is a bin of which nothing is known: a gap, and no zero. */
type BinColumns = z.infer<typeof binsSchema>;
const ofInterval = {
  bins: binsSchema,
  totals: knownTotalsSchema,
  /** What the grams of `totals` count, for people; `null` where there are none. */
  basis: z.string().nullable(),
};

const comparisonSchema: z.ZodType<Comparison> = z.strictObject({
  hours: z.int().min(1),
  kwh: z.tuple([amount, amount]),
  idleShare: z.tuple([share.nullable(), share.nullable()]),
  gco2eq: z.tuple([amount, amount]).nullable(),
  hoursWithCarbon: count,
});

export const historyReply = z.strictObject({
  scope: z.string(),
  by: z.enum(BIN_SIZES),
  zone: z.string(),
  ...fromTo,
  simulated: z.boolean(),
  /** The power models of the hours, joined by ` + `; `null` where none is known. */
  model: z.string().nullable(),
  ...ofInterval,
  /** The time that was asked for beside it. */
  beside: z.strictObject({ ...fromTo, ...ofInterval }).nullable(),
  /** The two held against each other, over the hours known in both. */
  comparison: comparisonSchema.nullable(),
  /** The times of which nothing is known, the first 1,000 of them. */
  gaps: z.array(z.strictObject({ ...fromTo, reason: z.enum(["not-over", "not-stored", "not-downloaded"]) })),
});
export type HistoryReply = z.infer<typeof historyReply>;

export function shownHistory({ interval, bins, totals }: History): NonNullable<HistoryReply["beside"]> {
  const columns: BinColumns = {
    starts: bins.map(({ from }) => formatInstant(from)),
    ends: bins.map(({ to }) => formatInstant(to)),
    labels: toGraph(bins, "energy").labels,
    busyKwh: bins.map(({ busyKwh }) => busyKwh),
    idleKwh: bins.map(({ idleKwh }) => idleKwh),
    busyGco2eq: bins.map(({ busyGco2eq }) => busyGco2eq),
    idleGco2eq: bins.map(({ idleGco2eq }) => idleGco2eq),
    ...(bins.some(({ market }) => market !== undefined)
      ? {
          busyMarketGco2eq: bins.map(({ market }) => market?.busyGco2eq ?? null),
          idleMarketGco2eq: bins.map(({ market }) => market?.idleGco2eq ?? null),
          marketBasis: bins.map(({ market }) => joinBases(market?.bases ?? []) ?? null),
        }
      : {}),
    basis: bins.map(({ bases }) => joinBases(bases) ?? null),
    coverage: bins.map(({ coverage }) => coverage),
    hoursKnown: bins.map(({ hours, hoursMissing }) => hours - hoursMissing),
    hours: bins.map(({ hours }) => hours),
  };
  return { ...formatEnds(interval), bins: columns, totals, basis: basisLine(totals) };
}

const MOST_GAPS = 1000;

export function shownGaps(gaps: readonly Gap[]): HistoryReply["gaps"] {
  return gaps.slice(0, MOST_GAPS).map(({ reason, ...gap }) => ({ ...formatEnds(gap), reason }));
}

/** What tables have of sums over a bin, or of an owner. */
export const SUM_COLUMNS = [
  "busyKwh",
  "idleKwh",
  "busyGco2eq",
  "idleGco2eq",
  "coverage",
  "hoursKnown",
  "hours",
] as const;

const MARKET_COLUMNS = ["busyMarketGco2eq", "idleMarketGco2eq", "marketBasis"] as const;
type SumColumn = (typeof SUM_COLUMNS | typeof MARKET_COLUMNS)[number];

/** One row a bin; the bins of the time beside it come after. */
export function historyTable({ scope, by, from, bins, beside }: HistoryReply): Table {
  const hasMarket = [bins, beside?.bins].some((shownBins) => shownBins?.busyMarketGco2eq !== undefined);
  const columns = [...SUM_COLUMNS, ...(hasMarket ? MARKET_COLUMNS : [])];
  return {
    name: `${scope}-by-${by}-${from.slice(0, 10)}`,
    header: ["starts", "ends", ...columns, "basis"],
    rows: [bins, ...(beside === null ? [] : [beside.bins])].flatMap((shownBins) => [
      ...rowsOf(shownBins, columns),
    ]),
  };
}

function* rowsOf(bins: BinColumns, columns: readonly SumColumn[]): Iterable<readonly Cell[]> {
  for (const [i, start] of bins.starts.entries())
    yield [
      start,
      bins.ends[i] ?? null,
      ...columns.map((name) => bins[name]?.[i] ?? null),
      bins.basis[i] ?? null,
    ];
}
