import type { Sums } from "../timeseries/rollup/bin.js";
import { AdaCarbonError } from "../usage/errors.js";
import { EVER, hoursIn, type Interval } from "../usage/hour.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";
import { hoursOf, intervalWithin, type PeriodFlags } from "./period-options.js";
import type { OpenStores } from "./stores.js";

/** The row of everything in the hours that flags ask for, and the scopes of a kind that are stored. */
interface HoursOfKind {
  readonly ada: UsageSeries;
  readonly interval: Interval;
  readonly scopes: readonly Scope[];
}

/** What is stored of a kind. `no-data` where that is nothing. */
export async function hoursOfKind(
  kind: ScopeKind,
  flags: PeriodFlags,
  { usage, where }: Pick<OpenStores, "usage" | "where">,
  io: Io,
): Promise<HoursOfKind> {
  const bounds = hoursOf(flags, io);
  const ada = await usage.read(ADA, { ...EVER, ...bounds }, { signal: io.signal });
  const interval = intervalWithin(bounds, ada);
  const scopes = await usage.scopes(kind, { signal: io.signal });
  if (interval === undefined || scopes.length === 0)
    throw nothingStored(`no ${kind} has a stored hour`, bounds, where);
  return { ada, interval, scopes };
}

/** The error of an interval, or a whole store, in which nothing is stored, as `what` says, of what was asked for. */
export function nothingStored(what: string, { from, to }: Partial<Interval>, where: string): AdaCarbonError {
  const isPart = from !== undefined || to !== undefined;
  return new AdaCarbonError(
    "no-data",
    isPart
      ? `${what} in that interval in ${where}`
      : `${what} in ${where}; nothing is stored there; run ada-carbon sync`,
  );
}

/** Whether anything ran in the times that sums are of, or it is not known of any of them. */
export function isInUse(sums: readonly Sums[]): boolean {
  return (["busyCpuSeconds", "idleCpuSeconds"] as const).some((name) => {
    const known = sums.flatMap((sum) => sum[name] ?? []);
    return known.length === 0 || known.some((seconds) => seconds !== 0);
  });
}

/**
 * How a command ends that shows or computes stored hours: with 3, and a line on standard error, if an hour that was
 * asked for is not stored, is not whole, or has no carbon.
 */
export function statusOfHours(series: UsageSeries, interval: Interval, io: Io): ExitStatus {
  const asked = hoursIn(interval).length;
  const counts = countsOf(series, interval);
  const missing = asked - counts.whole - counts.incomplete - counts.withoutCarbon;
  const parts: [number, string][] = [
    [missing, "missing"],
    [counts.incomplete, "incomplete"],
    [counts.withoutCarbon, "without carbon"],
  ];
  const wanting = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (wanting.length === 0) return EXIT.ok;
  io.stderr.warning(`of ${asked} ${asked === 1 ? "hour" : "hours"} asked for: ${wanting.join(", ")}`);
  return EXIT.incomplete;
}

function countsOf({ hours, status, busyGco2eq }: UsageSeries, { from, to }: Interval) {
  const counts = { whole: 0, incomplete: 0, withoutCarbon: 0 };
  hours.forEach((hour, i) => {
    if (hour < from || hour >= to || status[i] === "not downloaded") return;
    if (status[i] === "download incomplete") counts.incomplete += 1;
    else if (Number.isNaN(numberAt(busyGco2eq, i))) counts.withoutCarbon += 1;
    else counts.whole += 1;
  });
  return counts;
}
