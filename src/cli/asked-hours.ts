import { hoursIn, type Interval } from "../usage/hour.js";
import { numberAt, type UsageSeries } from "../usage/series.js";
import { EXIT, type ExitStatus, type Io } from "./io.js";

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
