import type { Closure } from "../calibration/closure.js";
import { implausible } from "../calibration/unit-doubts.js";
import { decimals } from "./render.js";

/** The factor of megajoules to kWh, and how near a meter must be to look like it. */
const MEGAJOULES = { by: 3.6, near: 1.25 };

/** What is odd about a meter of everything beside what is behind it, a sentence each. */
export function closureDoubts(
  total: Readonly<Record<keyof Closure, number>> | null,
  coreHours: number,
): string[] {
  if (total === null) return [];
  const { meterKwh, busyKwh, idleKwh, floorKwh } = total;
  const finding = implausible((1000 * meterKwh) / coreHours);
  if (finding !== undefined) return [`the meter has ${finding}`];
  const times = meterKwh / (busyKwh + idleKwh + floorKwh);
  const { by, near } = MEGAJOULES;
  if (times > by / near && times < by * near)
    return [
      `the meter has ${decimals(times, 1)} times what is explained, as if megajoules (a factor of ${by}) were taken for kWh; or there is much that is no core: --floor-watts`,
    ];
  if (times < 1)
    return [
      `more is attributed than the meter has (${decimals(1 / times, 1)} times as much): is all that is stored behind it, are its units right, and the watts of a core?`,
    ];
  return [];
}
