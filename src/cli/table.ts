import Table from "cli-table3";
import type { ScopeTotal } from "../sync/events.js";
import type { Bin } from "../timeseries/rollup.js";
import { formatInstant } from "../usage/hour.js";

// cli-table3 lays the tables out: MIT, typed, knows the width of emoji and CJK in machine names.

type Cell = { content: string; hAlign: "left" | "right" };

function render(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const none = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const lines = { "bottom-left": "", "bottom-right": "", left: "", "left-mid": "", mid: "", "mid-mid": "" };
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
    chars: { ...none, ...lines, right: "", "right-mid": "", middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/[ \t]+$/gm, "");
}

const left = (content: string): Cell => ({ content: printable(content), hAlign: "left" });
const right = (content: string): Cell => ({ content, hAlign: "right" });

/** A label value may hold escape sequences, line breaks and reversals of the writing direction, which a terminal obeys. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
}

const decimals = (value: number, digits: number): string =>
  new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );

function percent(part: number, whole: number): string {
  return whole > 0 ? `${decimals((100 * part) / whole, 1)}%` : "-";
}

type Totals = Pick<
  Bin,
  "busyCpuSeconds" | "idleCpuSeconds" | "busyKwh" | "idleKwh" | "busyGco2eq" | "idleGco2eq" | "coverage"
>;

const HEAD = [
  "busy core-h",
  "idle core-h",
  "busy kWh",
  "idle kWh",
  "idle share",
  "gCO2eq",
  "idle gCO2eq",
  "coverage",
];

function cells(total: Totals): Cell[] {
  const kwh = total.busyKwh + total.idleKwh;
  return [
    decimals(total.busyCpuSeconds / 3600, 1),
    decimals(total.idleCpuSeconds / 3600, 1),
    decimals(total.busyKwh, 3),
    decimals(total.idleKwh, 3),
    percent(total.idleKwh, kwh),
    decimals(total.busyGco2eq + total.idleGco2eq, 1),
    decimals(total.idleGco2eq, 1),
    percent(total.coverage, 1),
  ].map(right);
}

/** One row a project and one for all of them together. */
export function projectTable(totals: readonly ScopeTotal[], ada: ScopeTotal): string {
  const rows = [...totals, ada].map((total) => [left(total.scope.name), ...cells(total)]);
  return render(["project", ...HEAD], rows);
}

/** One row a bin, with how many of its hours are missing. */
export function binTable(bins: readonly Bin[], labelOf: (bin: Bin) => string): string {
  const rows = bins.map((bin) => [left(labelOf(bin)), ...cells(bin), right(missingText(bin))]);
  return render(["UTC", ...HEAD, "hours missing"], rows);
}

function missingText(bin: Bin): string {
  const carbon = bin.hoursWithoutCarbon > 0 ? ` (+${bin.hoursWithoutCarbon} without carbon)` : "";
  return bin.hoursMissing === 0 && carbon === "" ? "-" : `${bin.hoursMissing} of ${bin.hours}${carbon}`;
}

/** One row a period of the grid. */
export function intensityTable(
  periods: readonly { from: number; to: number; gco2eqPerKwh: number; kind: string }[],
): string {
  const rows = periods.map(({ from, to, gco2eqPerKwh, kind }) => [
    left(formatInstant(from)),
    left(formatInstant(to)),
    right(decimals(gco2eqPerKwh, 0)),
    left(kind),
  ]);
  return render(["from", "to", "gCO2eq/kWh", "kind"], rows);
}
