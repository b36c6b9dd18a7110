import type { CauseAmount, CauseOfChange, ChangedHour, Difference } from "../reports/difference.js";
import { formatEnds, formatInstant, formatInterval } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import type { Io } from "./io.js";
import { orDash, percent } from "./render.js";
import { type Column, drawTable, type FormatFlags, moreLines, numbers, printResult } from "./result.js";

export interface DiffTextFlags extends FormatFlags {
  /** How many hours are shown. */
  readonly limit: number;
}

/** With its sign; what rounds to nothing has none. */
function signed(value: number, digits: number): string {
  return new Intl.NumberFormat("en-GB", {
    ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
    signDisplay: "exceptZero",
  }).format(value);
}

function changes<Row extends { readonly kwh: number; readonly gco2eq: number }>(): Column<Row>[] {
  return [
    { head: "kWh", name: "kwh", value: ({ kwh }) => kwh, text: ({ kwh }) => signed(kwh, 4) },
    {
      head: "gCO2eq",
      name: "gco2eq",
      value: ({ gco2eq }) => gco2eq,
      text: ({ gco2eq }) => signed(gco2eq, 2),
    },
  ];
}

function causeColumns({ causes }: Difference): Column<CauseOfChange>[] {
  const hasCarbon = causes.some(({ gco2eq }) => gco2eq !== 0);
  const size = ({ kwh, gco2eq }: CauseAmount): number => Math.abs(hasCarbon ? gco2eq : kwh);
  const all = causes.reduce((sum, cause) => sum + size(cause), 0);
  return [
    { head: "cause", name: "cause", value: ({ cause }) => cause },
    numbers("hours", "hours", 0, ({ hours }) => hours),
    ...changes<CauseOfChange>(),
    { head: "share", value: (cause) => percent(size(cause), all) },
  ];
}

const HOUR_COLUMNS: readonly Column<ChangedHour>[] = [
  { head: "hour", value: ({ hour }) => formatInstant(hour) },
  ...changes<ChangedHour>(),
  { head: "by", value: ({ causes }) => causes.map(({ cause }) => cause).join(", "), align: "left" },
];

/** Where the statements are from, and whether one of them is of a made-up cloud. */
interface StatementsShown {
  readonly from: string;
  readonly to: string;
  readonly isSimulated: boolean;
  /** Whether grams are market-based. */
  readonly isMarket: boolean;
}

export function printDifference(
  difference: Difference,
  shown: StatementsShown,
  flags: DiffTextFlags,
  io: Io,
): void {
  const { scope, interval, causes, changed } = difference;
  const table = causes.length === 0 ? [] : ["", ...hourLines(changed, flags.limit, io)];
  printResult(
    {
      title: `${formatScope(scope)}, ${formatInterval(interval)}${shown.isMarket ? ", market-based" : ""}`,
      isSimulated: shown.isSimulated,
      columns: causeColumns(difference),
      rows: causes,
      empty: "nothing changed",
      facts: [...totalLines(difference, shown), ...detailLines(causes), ...table],
      legend:
        causes.length === 0
          ? []
          : [
              "share: of all that moved, up or down. What two causes did together is in the one further down.",
            ],
      document: {
        simulated: shown.isSimulated,
        ledger: shown.isMarket ? "market" : "location",
        ...documentOf(difference),
      },
    },
    flags,
    io,
  );
}

function totalLines({ from, to }: Difference, shown: StatementsShown): string[] {
  const line = (path: string, { statedAt, kwh, gco2eq }: Difference["from"]): string =>
    `${path}, as of ${formatInstant(statedAt)}: ${orDash(kwh, 4)} kWh, ${orDash(gco2eq, 2)} gCO2eq`;
  return [line(shown.from, from), line(shown.to, to)];
}

/** The most things of a cause that are shown. */
const MOST_DETAILS = 3;

function detailLines(causes: readonly CauseOfChange[]): string[] {
  return causes.flatMap(({ cause, details }) => {
    if (details.length === 0) return [];
    const shown = details
      .slice(0, MOST_DETAILS)
      .map(({ what, kwh, gco2eq }) => `  ${what}: ${signed(kwh, 4)} kWh, ${signed(gco2eq, 2)} gCO2eq`);
    return ["", `${cause}:`, ...shown, ...moreLines(details.length - MOST_DETAILS, "  ")];
  });
}

function hourLines(changed: readonly ChangedHour[], limit: number, { stdout }: Io): string[] {
  const size = ({ kwh, gco2eq }: ChangedHour): number => Math.abs(gco2eq) || Math.abs(kwh);
  const most = changed.toSorted((a, b) => size(b) - size(a)).slice(0, limit);
  const table = drawTable(HOUR_COLUMNS, most, stdout.columns).lines;
  return [...table, ...moreLines(changed.length - most.length)];
}

function documentOf({ scope, interval, from, to, changed, ...rest }: Difference): object {
  const said = (total: Difference["from"]): object => ({ ...total, statedAt: formatInstant(total.statedAt) });
  return {
    scope: formatScope(scope),
    interval: formatEnds(interval),
    ...{ from: said(from), to: said(to), ...rest },
    changed: changed.map((hour) => ({ ...hour, hour: formatInstant(hour.hour) })),
  };
}
