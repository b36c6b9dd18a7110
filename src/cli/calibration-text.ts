import type { Calibration, Floor } from "../calibration/calibrate.js";
import type { HeldOutError } from "../calibration/held-out.js";
import type { Watts } from "../machines/machine-watts.js";
import { type Cell, decimals, left, render, right } from "./render.js";

/** So many floors, and so many numbers that are not told, are shown. */
const MOST_SHOWN = 12;

/** A calibration as it is read on a terminal. */
export function calibrationLines(
  calibration: Calibration,
  title: string,
  written: string | undefined,
): string[] {
  const { method, factor, machines, floors, untold, heldOut, hours, meters } = calibration;
  const of = method === "scaled" ? counted(hours, "month") : `${counted(hours, "hour")} of them`;
  const parts: (string | string[])[] = [
    `${title}: ${counted(meters, "meter")}, ${of}`,
    ...(factor === null ? [] : [`the given watts, times ${decimals(factor, 3)}`]),
    machines.length === 0
      ? "no watts of any machine can be told"
      : render(
          ["machine", "W/busy core", "90% between", "W/idle core", "90% between"],
          machines.map(({ machine, busyCore, idleCore }) => [
            left(machine),
            ...wattsCells(busyCore),
            ...wattsCells(idleCore),
          ]),
        ),
    ...(floors.length === 0 ? [] : [floorLines(floors)]),
    heldOutText(heldOut),
    ...(untold.length === 0 ? [] : [untoldLines(untold)]),
    ...(written === undefined ? [] : [`written: ${written}; use it with sync --machines ${written}`]),
  ];
  return parts.flatMap((part, i) => (i === 0 ? part : ["", part].flat()));
}

function counted(count: number, what: string): string {
  return `${decimals(count, 0)} ${what}${count === 1 ? "" : "s"}`;
}

function untoldLines(untold: Calibration["untold"]): string[] {
  const shown = untold.slice(0, MOST_SHOWN).map(({ what, reason }) => `  ${what}: ${reason}`);
  const more = untold.length - MOST_SHOWN;
  return ["cannot tell:", ...shown, ...(more > 0 ? [`  and ${more} more; --json has them`] : [])];
}

function floorLines(floors: readonly Floor[]): string[] {
  const table = render(
    ["floor of", "W", "90% between"],
    floors
      .slice(0, MOST_SHOWN)
      .map(({ meter, floor }) => [left(meter ?? "each meter"), ...wattsCells(floor)]),
  );
  const more = floors.length - MOST_SHOWN;
  return more > 0 ? [...table, `and ${more} more; --json has them`] : table;
}

function wattsCells({ watts, low, high }: Watts): Cell[] {
  const range = low === null || high === null ? "-" : `${decimals(low, 2)} - ${decimals(high, 2)}`;
  return [right(decimals(watts, 2)), right(range)];
}

function heldOutText(heldOut: HeldOutError | null): string {
  if (heldOut === null) return "nothing was left to hold out: how far it is off in other hours is not known";
  const { days, meanError, bias } = heldOut;
  const [error, more] = [decimals(100 * meanError, 1), decimals(100 * Math.abs(bias), 1)];
  return `off by ${error}% an hour on ${days} days it had not seen, ${more}% ${bias < 0 ? "less" : "more"} in total`;
}
