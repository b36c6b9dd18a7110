import type { TotalBounds } from "../reports/bounds.js";
import type { ScopeTotal } from "../sync/events.js";
import { type Bin, busyAndIdle, type Metric, type Sums } from "../timeseries/rollup/bin.js";
import type { Estimate } from "../timeseries/rollup/bounds.js";
import { formatInstant } from "../usage/hour.js";
import { type Cell, decimals, left, orDash, percent, render, right } from "./render.js";

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

function cells(sums: Sums): Cell[] {
  const [energy, carbon] = [busyAndIdle(sums, "energy"), busyAndIdle(sums, "carbon")];
  const coreHours = (cpuSeconds: number | null): string => orDash(cpuSeconds, 1, 1 / 3600);
  return [
    coreHours(sums.busyCpuSeconds),
    coreHours(sums.idleCpuSeconds),
    orDash(energy.busy, 3),
    orDash(energy.idle, 3),
    percent(energy.idle ?? 0, energy.total ?? 0),
    orDash(carbon.total, 1),
    orDash(carbon.idle, 1),
    percent(sums.coverage, 1),
  ].map(right);
}

/** One row a project and one for all of them together. */
export function projectTable(totals: readonly ScopeTotal[], ada: ScopeTotal): string[] {
  const rows = [...totals, ada].map((total) => [left(total.scope.name), ...cells(total)]);
  return render(["project", ...HEAD], rows);
}

/**
 * One row a bin, with how many of its hours are missing, and its bounds where they were asked for. `zone` is whose
 * clock the labels show.
 */
export function binTable(bins: readonly Bin[], zone: string, bounds: readonly TotalBounds[] = []): string[] {
  const rows = bins.map((bin, i) => [
    left(bin.label),
    ...cells(bin),
    right(missingText(bin)),
    ...boundsCells(bounds[i]),
  ]);
  const ranges = bounds.length === 0 ? [] : ["kWh between", "gCO2eq between"];
  return render([zone, ...HEAD, "hours missing", ...ranges], rows);
}

function boundsCells(bounds: TotalBounds | undefined): Cell[] {
  if (bounds === undefined) return [];
  const range = (estimate: Estimate | null, digits: number): Cell =>
    right(estimate === null ? "-" : `${decimals(estimate.low, digits)} - ${decimals(estimate.high, digits)}`);
  return [range(bounds.kwh, 3), range(bounds.gco2eq, 1)];
}

export function boundsText({ kwh, gco2eq, correlation }: TotalBounds): string {
  const range = (estimate: Estimate | null, digits: number): string =>
    estimate === null ? "-" : `${estimate.low.toFixed(digits)} to ${estimate.high.toFixed(digits)}`;
  return `bounds: ${range(kwh, 2)} kWh, ${range(gco2eq, 0)} gCO2eq, errors of hours correlated ${correlation}`;
}

const BAR_WIDTH = 40;

/** Busy and idle of every bin as a bar, to be looked at rather than read. */
export function barTable(bins: readonly Bin[], metric: Metric, zone: string): string[] {
  const used = bins.map((bin) => busyAndIdle(bin, metric));
  const most = Math.max(0, ...used.map(({ total }) => total ?? 0));
  const rows = bins.map((bin, i) => {
    const { busy = null, total = null } = used[i] ?? {};
    if (busy === null || total === null) return [left(bin.label), left("missing"), right("-")];
    const [filled, full] = [busy, total].map((part) => Math.round((part / (most || 1)) * BAR_WIDTH));
    const bar = "\u2588".repeat(filled ?? 0) + "\u2591".repeat((full ?? 0) - (filled ?? 0));
    return [left(bin.label), left(bar), right(decimals(total, metric === "energy" ? 3 : 1))];
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
): string[] {
  const rows = periods.map(({ from, to, gco2eqPerKwh, kind }) => [
    left(formatInstant(from)),
    left(formatInstant(to)),
    right(decimals(gco2eqPerKwh, 0)),
    left(kind),
  ]);
  return render(["from", "to", "gCO2eq/kWh", "kind"], rows);
}
