import type { ScopeTotal } from "../sync/events.js";
import type { Bin } from "../timeseries/rollup/bin.js";
import type { Estimate } from "../timeseries/rollup/bounds.js";
import { type Metric, valuesOf } from "../timeseries/rollup/graph.js";
import { formatInstant } from "../usage/hour.js";
import type { TotalBounds } from "./bounds.js";
import { type Cell, decimals, left, percent, render, right } from "./render.js";

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

/**
 * One row a bin, with how many of its hours are missing, and its bounds where they were asked for. `zone` is whose
 * clock the labels show.
 */
export function binTable(bins: readonly Bin[], zone: string, bounds: readonly TotalBounds[] = []): string {
  const rows = bins.map((bin, i) => [
    left(bin.label),
    ...binCells(bin),
    right(missingText(bin)),
    ...boundsCells(bounds[i]),
  ]);
  const ranges = bounds.length === 0 ? [] : ["kWh between", "gCO2eq between"];
  return render([zone, ...HEAD, "hours missing", ...ranges], rows);
}

function boundsCells(bounds: TotalBounds | undefined): Cell[] {
  if (bounds === undefined) return [];
  const range = ({ low, high }: Estimate, digits: number): Cell =>
    right(high > 0 ? `${decimals(low, digits)} - ${decimals(high, digits)}` : "-");
  return [range(bounds.kwh, 3), range(bounds.gco2eq, 1)];
}

/** The sums of a bin; a dash, not a zero, where it holds no hour that has them. */
function binCells(bin: Bin): Cell[] {
  const all = cells(bin);
  const unknown = (from: number, to: number): Cell[] => all.fill(right("-"), from, to);
  if (valuesOf(bin, "energy") === undefined) unknown(0, HEAD.indexOf("gCO2eq"));
  if (valuesOf(bin, "carbon") === undefined) unknown(HEAD.indexOf("gCO2eq"), HEAD.indexOf("coverage"));
  return all;
}

const BAR_WIDTH = 40;

/** Busy and idle of every bin as a bar, to be looked at rather than read. */
export function barTable(bins: readonly Bin[], metric: Metric, zone: string): string {
  const sizes = bins.map((bin) => valuesOf(bin, metric));
  const most = sizes.reduce((max, size) => Math.max(max, size === undefined ? 0 : size.busy + size.idle), 0);
  const rows = bins.map((bin, i) => {
    const size = sizes[i];
    if (size === undefined) return [left(bin.label), left("missing"), right("-")];
    const whole = size.busy + size.idle;
    const [filled, full] = [size.busy, whole].map((part) => Math.round((part / (most || 1)) * BAR_WIDTH));
    const bar = "\u2588".repeat(filled ?? 0) + "\u2591".repeat((full ?? 0) - (filled ?? 0));
    return [left(bin.label), left(bar), right(decimals(whole, metric === "energy" ? 3 : 1))];
  });
  return render([zone, "\u2588 busy  \u2591 idle", metric === "energy" ? "kWh" : "gCO2eq"], rows);
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
