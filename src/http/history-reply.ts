import * as z from "zod";
import type { Cell, Table } from "../codecs/csv.js";
import { joinBases } from "../intensity/basis-of-source.js";
import { basisLine } from "../reports/basis-line.js";
import type { Comparison, Gap, GapReason, History } from "../reports/history.js";
import type { KnownTotals } from "../reports/known-totals.js";
import { BIN_SIZES, type BinSize } from "../timeseries/rollup/bin-table.js";
import { toGraph } from "../timeseries/rollup/graph.js";
import { formatInstant, type Interval } from "../usage/hour.js";
import { amount, count, fromTo, share, time } from "./schemas.js";
import { knownTotalsSchema } from "./totals.js";

type Values = readonly (number | null)[];

/** Bins as columns of equal length. `null` is a bin of which nothing is known: a gap, and no zero. */
interface BinColumns {
  readonly starts: readonly string[];
  readonly ends: readonly string[];
  readonly labels: readonly string[];
  readonly busyKwh: Values;
  readonly idleKwh: Values;
  readonly busyGco2eq: Values;
  readonly idleGco2eq: Values;
  /** Market-based grams, where any hour has them; all others are location-based. */
  readonly busyMarketGco2eq?: Values | undefined;
  readonly idleMarketGco2eq?: Values | undefined;
  readonly marketBasis?: readonly (string | null)[] | undefined;
  /** What the grams count, as text of `formatBasis`; several, which have no sum, joined by ` + `. */
  readonly basis: readonly (string | null)[];
  /** 0 to 1. */
  readonly coverage: readonly number[];
  readonly hoursKnown: readonly number[];
  readonly hours: readonly number[];
}

interface ShownInterval {
  readonly from: string;
  readonly to: string;
}

export interface HistoryReply extends ShownInterval {
  readonly scope: string;
  readonly by: BinSize;
  readonly zone: string;
  readonly simulated: boolean;
  /** The power models of the hours, joined by ` + `; `null` where none is known. */
  readonly model: string | null;
  readonly bins: BinColumns;
  readonly totals: KnownTotals;
  /** What the grams of `totals` count, for people; `null` where there are none. */
  readonly basis: string | null;
  /** The time that was asked for beside it. */
  readonly beside: (ShownInterval & Pick<HistoryReply, "bins" | "totals" | "basis">) | null;
  /** The two held against each other, over the hours known in both. */
  readonly comparison: Comparison | null;
  /** The times of which nothing is known, the first 1,000 of them. */
  readonly gaps: readonly (ShownInterval & { readonly reason: GapReason })[];
}

const values = z.array(amount.nullable());
const times = z.array(time);
const binsSchema: z.ZodType<BinColumns> = z.strictObject({
  starts: times,
  ends: times,
  labels: z.array(z.string()),
  busyKwh: values,
  idleKwh: values,
  busyGco2eq: values,
  idleGco2eq: values,
  busyMarketGco2eq: values.optional(),
  idleMarketGco2eq: values.optional(),
  marketBasis: z.array(z.string().nullable()).optional(),
  basis: z.array(z.string().nullable()),
  coverage: z.array(share),
  hoursKnown: z.array(count),
  hours: z.array(count),
});
const ofInterval = { bins: binsSchema, totals: knownTotalsSchema, basis: z.string().nullable() };

export const historyReply: z.ZodType<HistoryReply> = z.strictObject({
  scope: z.string(),
  by: z.enum(BIN_SIZES),
  zone: z.string(),
  ...fromTo,
  simulated: z.boolean(),
  model: z.string().nullable(),
  ...ofInterval,
  beside: z.strictObject({ ...fromTo, ...ofInterval }).nullable(),
  comparison: z
    .strictObject({
      hours: z.int().min(1),
      kwh: z.tuple([amount, amount]),
      idleShare: z.tuple([share.nullable(), share.nullable()]),
      gco2eq: z.tuple([amount, amount]).nullable(),
      hoursWithCarbon: count,
    })
    .nullable(),
  gaps: z.array(z.strictObject({ ...fromTo, reason: z.enum(["not-over", "not-stored", "not-downloaded"]) })),
});

export function shownInterval({ from, to }: Interval): ShownInterval {
  return { from: formatInstant(from), to: formatInstant(to) };
}

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
  return { ...shownInterval(interval), bins: columns, totals, basis: basisLine(totals) };
}

const MOST_GAPS = 1000;

export function shownGaps(gaps: readonly Gap[]): HistoryReply["gaps"] {
  return gaps.slice(0, MOST_GAPS).map(({ reason, ...gap }) => ({ ...shownInterval(gap), reason }));
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

/** One row a bin; those of the time beside it come after. */
export function historyTable({ scope, by, from, bins, beside }: HistoryReply): Table {
  const hasMarket = [bins, beside?.bins].some((each) => each?.busyMarketGco2eq !== undefined);
  const columns = [...SUM_COLUMNS, ...(hasMarket ? MARKET_COLUMNS : [])];
  return {
    name: `${scope}-by-${by}-${from.slice(0, 10)}`,
    header: ["starts", "ends", ...columns, "basis"],
    rows: [bins, ...(beside === null ? [] : [beside.bins])].flatMap((each) => [...rowsOf(each, columns)]),
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
