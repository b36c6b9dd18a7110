import type { Bin } from "../timeseries/rollup/bin.js";
import type { BinSize } from "../timeseries/rollup/bin-table.js";
import type { ScopeKind } from "../usage/scope.js";
import type { Io } from "./io.js";
import { type FormatFlags, printResult } from "./result.js";
import {
  BIN_LEGEND,
  type BinRow,
  basisDocument,
  basisLegend,
  binColumns,
  binDocument,
  haveMarket,
  type LedgerBases,
  ledgerLegend,
} from "./table.js";

/** Bins of every scope of a kind, as `report` and `rollup` print them. */
interface KindBins {
  readonly kind: ScopeKind;
  readonly by: BinSize;
  readonly zone: string;
  readonly isSimulated: boolean;
  readonly scopes: readonly { readonly scope: string; readonly bins: readonly Bin[] }[];
  /** What the grams of each scope count. */
  readonly bases: readonly LedgerBases[];
}

export function printKindBins(
  { kind, by, zone, isSimulated, scopes, bases }: KindBins,
  flags: FormatFlags,
  io: Io,
): void {
  printResult<BinRow>(
    {
      title: `every ${kind} by ${by}`,
      isSimulated,
      columns: binColumns(zone, { scopes: true, bounds: false, market: haveMarket(bases) }),
      rows: scopes.flatMap(({ scope, bins }) => bins.map((bin) => ({ scope, bin, bounds: undefined }))),
      legend: [BIN_LEGEND, ...basisLegend(bases), ...ledgerLegend(bases)],
      document: {
        ...{ kind, by, zone, simulated: isSimulated, ...basisDocument(bases) },
        scopes: scopes.map(({ bins, ...scope }) => ({ ...scope, bins: bins.map(binDocument) })),
      },
    },
    flags,
    io,
  );
}
