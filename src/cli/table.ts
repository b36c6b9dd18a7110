import { joinBases } from "../intensity/basis-of-source.js";
import { type GramBases, mergedBases } from "../intensity/gram-bases.js";
import { basisLine } from "../reports/basis-line.js";
import type { TotalBounds } from "../reports/bounds.js";
import { knownGrams } from "../reports/known-totals.js";
import { type Bin, busyAndIdle, type Metric, marketTotal, type Sums } from "../timeseries/rollup/bin.js";
import type { Estimate } from "../timeseries/rollup/bounds.js";
import { formatEnds, formatInstant } from "../usage/hour.js";
import { decimals, percent } from "./render.js";
import { type Column, columnsOver, extra, numbers } from "./result.js";

/** Whether any of the sums has market-based grams: then grams say of which ledger they are. */
export function haveMarket(all: readonly LedgerBases[]): boolean {
  return all.some(({ market }) => market !== undefined);
}

/** What the two columns of grams are, where there are two. */
export function ledgerLegend(all: readonly LedgerBases[]): string[] {
  return haveMarket(all)
    ? ["(location): by the grid's intensity. (market): by that of what was bought."]
    : [];
}

/** Grams by the grid, and where there are two ledgers by what was bought, too. */
export function gramColumns<Row>(hasMarket: boolean, sumsOf: (row: Row) => Sums): Column<Row>[] {
  const location = (row: Row): number | null => knownGrams(sumsOf(row));
  const market = (row: Row): number | null => marketTotal(sumsOf(row).market);
  if (!hasMarket) return [numbers("gCO2eq", "gco2eq", 1, location)];
  return [
    numbers("gCO2eq (location)", "gco2eq", 1, location),
    numbers("gCO2eq (market)", "marketGco2eq", 1, market),
  ];
}

/** What the grams of a row count, which is in CSV only: tables have it under them. */
export const BASIS_COLUMN: Column<GramBases> = {
  name: "basis",
  value: ({ bases }) => joinBases(bases) ?? null,
};

/** The same of both ledgers, where there are two. */
export function basisColumns(hasMarket: boolean): Column<LedgerBases>[] {
  const value = ({ market }: LedgerBases): string | null => joinBases(market?.bases ?? []) ?? null;
  return [BASIS_COLUMN, ...(hasMarket ? [{ name: "marketBasis", value }] : [])];
}

/** What grams by the grid count, and those by what was bought where there are any. */
export interface LedgerBases extends GramBases {
  readonly market?: GramBases | undefined;
}

/** Of several sums over the same hours, by ledger. */
function mergedLedgers(all: readonly LedgerBases[]): LedgerBases {
  const markets = all.flatMap(({ market }) => market ?? []);
  return { ...mergedBases(all), market: markets.length === 0 ? undefined : mergedBases(markets) };
}

/** What grams that are shown count, under their table; nothing where there are none. */
export function basisLegend(all: readonly LedgerBases[]): string[] {
  const { market, ...location } = mergedLedgers(all);
  const lineOf = (ledger: string, bases: GramBases): string[] => {
    const line = basisLine(bases, "short");
    return line === null ? [] : [`gCO2eq${ledger}: ${line}.`];
  };
  if (market === undefined) return lineOf("", location);
  return [...lineOf(" (location)", location), ...lineOf(" (market)", market)];
}

/** What grams count, as JSON has it. */
export function basisDocument(all: readonly LedgerBases[]): {
  readonly basis: string | null;
  readonly marketBasis?: string | null;
} {
  const { market, ...location } = mergedLedgers(all);
  return {
    basis: basisLine(location),
    ...(market === undefined ? {} : { marketBasis: basisLine(market) }),
  };
}

/** What was used, of whatever it was: in core-hours, kWh and grams. */
export const sumColumns = (hasMarket: boolean): readonly Column<Sums>[] => [
  extra(numbers("busy core-h", "busyCpuSeconds", 1, (sums) => sums.busyCpuSeconds, 1 / 3600)),
  extra(numbers("idle core-h", "idleCpuSeconds", 1, (sums) => sums.idleCpuSeconds, 1 / 3600)),
  numbers("busy kWh", "busyKwh", 3, (sums) => sums.busyKwh),
  numbers("idle kWh", "idleKwh", 3, (sums) => sums.idleKwh),
  {
    head: "idle share",
    value: (sums) => percent(sums.idleKwh ?? 0, busyAndIdle(sums, "energy").total ?? 0),
    isExtra: true,
  },
  ...gramColumns(hasMarket, (sums: Sums) => sums),
  extra(numbers("idle gCO2eq", "idleGco2eq", 1, (sums) => sums.idleGco2eq)),
  {
    head: "coverage",
    name: "coverage",
    value: ({ coverage }) => coverage,
    text: (sums) => percent(sums.coverage),
  },
  ...basisColumns(hasMarket),
];

/** What is meant by {@link sumColumns}. */
export const SUM_LEGEND =
  "gCO2eq: busy and idle cores together. coverage: CPU-seconds observed of those expected. -: not known.";
/** The same of bins. */
export const BIN_LEGEND: string = `${SUM_LEGEND} missing: hours without numbers.`;

/** A bin, of which scope it is, and its bounds where they were asked for. */
export interface BinRow {
  readonly scope: string;
  readonly bin: Bin;
  readonly bounds: TotalBounds | undefined;
}

const MISSING_COLUMNS: readonly Column<Bin>[] = [
  { head: "missing", value: missingText },
  { name: "hours", value: ({ hours }) => hours },
  { name: "hoursMissing", value: ({ hoursMissing }) => hoursMissing },
  { name: "hoursIncomplete", value: ({ hoursIncomplete }) => hoursIncomplete },
  { name: "hoursWithoutCarbon", value: ({ hoursWithoutCarbon }) => hoursWithoutCarbon },
];

const BOUNDS_COLUMNS: readonly Column<BinRow>[] = [
  rangeColumn("kWh between", 3, (row) => row.bounds?.kwh ?? null),
  { name: "kwhLow", value: (row) => row.bounds?.kwh?.low ?? null },
  { name: "kwhHigh", value: (row) => row.bounds?.kwh?.high ?? null },
  rangeColumn("gCO2eq between", 1, (row) => row.bounds?.gco2eq ?? null),
  { name: "gco2eqLow", value: (row) => row.bounds?.gco2eq?.low ?? null },
  { name: "gco2eqHigh", value: (row) => row.bounds?.gco2eq?.high ?? null },
];

function rangeColumn(
  head: string,
  digits: number,
  rangeOf: (row: BinRow) => Estimate | null,
): Column<BinRow> {
  const text = (estimate: Estimate | null): string =>
    estimate === null ? "-" : `${decimals(estimate.low, digits)} - ${decimals(estimate.high, digits)}`;
  return { head, value: (row) => text(rangeOf(row)) };
}

/** Columns of bins, with how many of their hours are missing. `zone` is whose clock the labels show. */
export function binColumns(
  zone: string,
  has: { scopes: boolean; bounds: boolean; market: boolean },
): Column<BinRow>[] {
  const scope: Column<BinRow> = { name: "scope", value: (row) => row.scope };
  return [
    has.scopes ? { ...scope, head: "scope" } : scope,
    { head: zone, name: "label", value: ({ bin }) => bin.label, align: "left" },
    { name: "from", value: ({ bin }) => formatInstant(bin.from) },
    { name: "to", value: ({ bin }) => formatInstant(bin.to) },
    ...columnsOver([...sumColumns(has.market), ...MISSING_COLUMNS], ({ bin }: BinRow) => bin),
    ...(has.bounds ? BOUNDS_COLUMNS : []),
  ];
}

/** A bin as JSON has it. */
export function binDocument(bin: Bin): object {
  return { ...bin, ...formatEnds(bin), perHour: bin.perHour };
}

export function boundsText({ kwh, gco2eq, correlation }: TotalBounds): string {
  const range = (estimate: Estimate | null, digits: number): string =>
    estimate === null ? "-" : `${estimate.low.toFixed(digits)} to ${estimate.high.toFixed(digits)}`;
  return `bounds: ${range(kwh, 2)} kWh, ${range(gco2eq, 0)} gCO2eq, errors of hours correlated ${correlation}`;
}

const BAR_WIDTH = 40;
/** What stands beside a bar: a label, a number, and the blanks between. */
const BESIDE_BAR = 32;

/** Busy and idle of every bin as a bar, to be looked at rather than read. */
export function barColumns(
  bins: readonly Bin[],
  metric: Metric,
  zone: string,
  width: number = BAR_WIDTH + BESIDE_BAR,
): Column<BinRow>[] {
  const most = Math.max(0, ...bins.map((bin) => busyAndIdle(bin, metric).total ?? 0));
  const room = Math.max(8, Math.min(BAR_WIDTH, width - BESIDE_BAR));
  const bar = (bin: Bin): string => {
    const { busy, total } = busyAndIdle(bin, metric);
    if (busy === null || total === null) return "missing";
    const [filled = 0, full = 0] = [busy, total].map((part) => Math.round((part / (most || 1)) * room));
    return "\u2588".repeat(filled) + "\u2591".repeat(full - filled);
  };
  const unit = metric === "energy" ? "kWh" : "gCO2eq";
  return [
    { head: zone, value: ({ bin }) => bin.label },
    { head: "\u2588 busy  \u2591 idle", value: ({ bin }) => bar(bin), align: "left" },
    numbers(unit, unit, metric === "energy" ? 3 : 1, ({ bin }) => busyAndIdle(bin, metric).total),
  ];
}

function missingText(bin: Bin): string {
  const { hours, hoursMissing, hoursIncomplete, hoursWithoutCarbon } = bin;
  const wanting = [
    ...(hoursIncomplete > 0 ? [`+${hoursIncomplete} incomplete`] : []),
    ...(hoursWithoutCarbon > 0 ? [`+${hoursWithoutCarbon} without carbon`] : []),
  ].join(", ");
  if (wanting === "") return hoursMissing === 0 ? "-" : `${hoursMissing} of ${hours}`;
  return `${hoursMissing} of ${hours} (${wanting})`;
}
