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
  const nobody = `no ${kind} has a stored hour`;
  if (interval === undefined) throw nothingStored(nobody, bounds, where);
  if (scopes.length === 0)
    throw new AdaCarbonError(
      "no-data",
      `${placeOf(nobody, bounds, where)}, which has hours of others${whyWithout(kind)}`,
    );
  return { ada, interval, scopes };
}

/** Why there are hours and no scope of that kind, where that is a matter of how they were made. */
function whyWithout(kind: ScopeKind): string {
  if (kind === "experiment")
    return "; experiments are of tenures, which say who held which host when: ada-carbon restate --tenures FILE adds them to stored hours, sync --tenures FILE to new ones";
  return kind === "host"
    ? "; hours are stored without hosts by sync --no-hosts, and by sums that Prometheus records"
    : "";
}

/** The error of an interval, or a whole store, in which nothing is stored, as `what` says, of what was asked for. */
export function nothingStored(what: string, bounds: Partial<Interval>, where: string): AdaCarbonError {
  const hint = isPart(bounds) ? "" : "; nothing is stored there; run ada-carbon sync";
  return new AdaCarbonError("no-data", `${placeOf(what, bounds, where)}${hint}`);
}

function placeOf(what: string, bounds: Partial<Interval>, where: string): string {
  return `${what} in ${isPart(bounds) ? "that interval in " : ""}${where}`;
}

function isPart({ from, to }: Partial<Interval>): boolean {
  return from !== undefined || to !== undefined;
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
