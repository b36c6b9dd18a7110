import type { Closure, FloorShare } from "../calibration/closure.js";
import type { TotalBounds } from "../reports/bounds.js";
import { energyEquivalencies, equivalencies } from "../timeseries/equivalencies.js";
import { marketTotal } from "../timeseries/rollup/bin.js";
import { type Bin, type BinSize, busyAndIdle, type Metric, type Tally } from "../timeseries/rollup/index.js";
import { given } from "../usage/given.js";
import { formatScope, type Scope } from "../usage/scope.js";
import type { Io } from "./io.js";
import type { Amounts, ClosedMeter, ScopePart } from "./meter-closure.js";
import { decimals, percent } from "./render.js";
import { type FormatFlags, printResult } from "./result.js";
import {
  BIN_LEGEND,
  type BinRow,
  barColumns,
  basisDocument,
  basisLegend,
  binColumns,
  binDocument,
  boundsText,
  haveMarket,
  ledgerLegend,
} from "./table.js";

/** What is stored of one scope, bin by bin and in all. */
export interface ScopeReport {
  readonly meter: ClosedMeter | undefined;
  readonly bins: readonly Bin[];
  readonly total: Tally;
  readonly isSimulated: boolean;
  readonly bounds: ReportBounds | undefined;
}

export interface ReportBounds {
  readonly total: TotalBounds;
  /** One a bin. */
  readonly bins: readonly TotalBounds[];
}

interface ScopeReportFlags extends FormatFlags {
  readonly scope: Scope;
  readonly by: BinSize;
  readonly zone: string;
  readonly graph?: Metric;
  readonly save?: string;
}

export function printScopeReport(flags: ScopeReportFlags, report: ScopeReport, io: Io): void {
  const { bins, total, isSimulated, bounds, meter } = report;
  const scope = formatScope(flags.scope);
  const grams = busyAndIdle(total, "carbon").total;
  const { by, zone, graph } = flags;
  printResult<BinRow>(
    {
      title: `${scope} by ${by}`,
      isSimulated,
      columns:
        graph === undefined
          ? binColumns(zone, {
              scopes: false,
              bounds: bounds !== undefined,
              market: haveMarket([total]),
            })
          : barColumns(bins, graph, zone, io.stdout.columns),
      rows: bins.map((bin, i) => ({ scope, bin, bounds: bounds?.bins[i] })),
      facts: [
        ...comparison(total),
        ...(bounds === undefined ? [] : [boundsText(bounds.total)]),
        ...(meter === undefined ? [] : ["", ...closureLines(meter)]),
        ...(flags.save === undefined
          ? []
          : [`written: ${flags.save}; hold it against what is stored later: ada-carbon diff`]),
      ],
      legend: [
        ...(graph === undefined ? [BIN_LEGEND, ...ledgerLegend([total])] : []),
        ...(graph === "energy" ? [] : basisLegend([total])),
      ],
      document: {
        ...{ scope, by, zone, simulated: isSimulated, ...basisDocument([total]) },
        bins: bins.map((bin, i) => ({ ...binDocument(bin), ...given({ bounds: bounds?.bins[i] }) })),
        total,
        ...given({ bounds: bounds?.total, meter }),
        equivalencies: grams === null ? null : equivalencies(grams),
      },
    },
    flags,
    io,
  );
}

/** The total of all rows, and what people can picture it as. */
function comparison(total: Tally): string[] {
  const [kwh, grams] = [busyAndIdle(total, "energy").total, busyAndIdle(total, "carbon").total];
  const like = equivalencies(grams ?? 0)[0] ?? energyEquivalencies(kwh ?? 0)[0];
  const { hours, hoursMissing, hoursIncomplete } = total;
  const missing = [
    ...(hoursMissing > 0 ? [`, ${hoursMissing} of ${hours} hours missing`] : []),
    ...(hoursIncomplete > 0 ? [`, ${hoursIncomplete} of ${hours} hours incomplete`] : []),
  ].join("");
  const sum = `in total ${short(kwh)} kWh and ${gramsText(grams, total)}${missing}`;
  return like === undefined ? [sum] : [`${sum}: about ${like.sentence}`, `(${like.source}, ${like.year})`];
}

/** Grams of both ledgers, where there are two, each with how many hours are not in its sum. */
function gramsText(grams: number | null, { market, hoursWithoutCarbon }: Tally): string {
  const byGrid = [
    ...(market === undefined ? [] : ["location-based"]),
    ...(grams === null ? [] : unknownHours(hoursWithoutCarbon)),
  ];
  const text = `${short(grams)} gCO2eq${byGrid.length === 0 ? "" : ` (${byGrid.join(", ")})`}`;
  if (market === undefined) return text;
  const bought = ["market-based", ...unknownHours(market.hoursWithoutCarbon)];
  return `${text}, ${short(marketTotal(market))} gCO2eq (${bought.join(", ")})`;
}

const unknownHours = (hours: number): string[] =>
  hours === 0 ? [] : [`without ${hours} hours that are not known`];

const short = (value: number | null): string =>
  value === null ? "-" : new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 }).format(value);

const SHARED: Readonly<Record<FloorShare, string>> = {
  none: "floor, not shared",
  reserved: "floor, by core-hours reserved",
  use: "floor, by busy core-hours",
};

/** The lines of a report for people: what neither cores nor the floor explain is shown, never hidden. */
function closureLines({ total, hours, knownHours, shareFloor, part }: ClosedMeter): string[] {
  if (total === null)
    return [`meter: no hour of ${hours} is known of both the meter and what was attributed`];
  return [
    `meter: ${decimals(total.meterKwh, 2)} kWh in ${knownHours} of ${hours} hours`,
    line("attributed busy", total.busyKwh, total.meterKwh),
    line("attributed idle", total.idleKwh, total.meterKwh),
    line(SHARED[shareFloor], total.floorKwh, total.meterKwh),
    line("unexplained", total.unexplainedKwh, total.meterKwh),
    ...(part === null ? [] : partLines(part, total, shareFloor)),
  ];
}

function partLines(
  { scope, total: own }: ScopePart,
  total: Amounts<keyof Closure>,
  rule: FloorShare,
): string[] {
  if (own === null) return [];
  return [
    `of which ${scope}:`,
    line("attributed busy", own.busyKwh, total.busyKwh),
    line("attributed idle", own.idleKwh, total.idleKwh),
    line(SHARED[rule], own.floorKwh, total.floorKwh),
  ];
}

function line(what: string, kwh: number, wholeKwh: number): string {
  return `  ${what.padEnd(30)} ${decimals(kwh, 2)} kWh (${percent(kwh, wholeKwh)})`;
}
