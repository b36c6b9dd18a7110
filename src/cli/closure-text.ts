import type { Closure, FloorShare } from "../calibration/closure.js";
import type { Amounts, ClosedMeter, ScopePart } from "./meter-closure.js";
import { decimals, percent } from "./render.js";

const SHARED: Readonly<Record<FloorShare, string>> = {
  none: "floor, not shared",
  reserved: "floor, by core-hours reserved",
  use: "floor, by busy core-hours",
};

/** The lines of a report for people: what neither cores nor the floor explain is shown, never hidden. */
export function closureLines({ total, hours, knownHours, shareFloor, part }: ClosedMeter): string[] {
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
