import type { Calibration, Floor } from "../calibration/calibrate.js";
import type { HeldOutError } from "../calibration/held-out.js";
import type { MachineWatts, Watts } from "../machines/machine-watts.js";
import { tryNext } from "./demo.js";
import type { Io } from "./io.js";
import { counted, decimals } from "./render.js";
import {
  type Column,
  columnsOver,
  drawTable,
  type FormatFlags,
  moreLines,
  numbers,
  printResult,
} from "./result.js";

/** The most floors that are shown, and the most numbers that could not be told. */
const MOST_SHOWN = 12;

interface Shown extends FormatFlags {
  readonly interval: string;
  readonly simulated: boolean;
  /** The file that the catalogue was written to. */
  readonly write?: string;
}

/** A calibration on standard output. */
export function printCalibration(calibration: Calibration, shown: Shown, io: Io): void {
  const { method, factor, machines, floors, untold, heldOut, hours, meters } = calibration;
  const { interval, simulated, write } = shown;
  const of = method === "scaled" ? counted(hours, "month") : `${counted(hours, "hour")} of them`;
  const facts: string[][] = [
    factor === null ? [] : [`the given watts, times ${decimals(factor, 3)}`],
    floors.length === 0 ? [] : floorLines(floors, io.stdout.columns),
    [heldOutText(heldOut)],
    untold.length === 0 ? [] : untoldLines(untold),
    write === undefined ? [] : [`written: ${write}; use it with sync --machines ${write}`],
  ];
  printResult(
    {
      isSimulated: simulated,
      title: `${interval}: ${counted(meters, "meter")}, ${of}`,
      columns: MACHINE_COLUMNS,
      rows: machines,
      empty: "no watts of any machine can be told",
      facts: facts.filter((part) => part.length > 0).flatMap((part, i) => (i === 0 ? part : ["", ...part])),
      legend: [
        "90% between: what nine of ten such fits lie between. -: not known.",
        ...(simulated ? tryNext("ada-carbon sync --demo", "ada-carbon calibrate --help") : []),
      ],
      document: { interval, simulated, ...calibration },
    },
    shown,
    io,
  );
}

const MACHINE_COLUMNS: readonly Column<MachineWatts>[] = [
  { head: "machine", name: "machine", value: ({ machine }) => machine },
  ...columnsOver(wattsColumns("W/busy core", "busyCore"), ({ busyCore }: MachineWatts) => busyCore),
  ...columnsOver(wattsColumns("W/idle core", "idleCore"), ({ idleCore }: MachineWatts) => idleCore),
];

function wattsColumns(head: string, name: string): Column<Watts>[] {
  return [
    numbers(head, `${name}Watts`, 2, ({ watts }) => watts),
    { head: "90% between", value: rangeText, isExtra: true },
    { name: `${name}Low`, value: ({ low }) => low },
    { name: `${name}High`, value: ({ high }) => high },
  ];
}

function untoldLines(untold: Calibration["untold"]): string[] {
  const shown = untold.slice(0, MOST_SHOWN).map(({ what, reason }) => `  ${what}: ${reason}`);
  return ["cannot tell:", ...shown, ...moreLines(untold.length - MOST_SHOWN, "  ")];
}

function floorLines(floors: readonly Floor[], width: number | undefined): string[] {
  const columns: Column<Floor>[] = [
    { head: "floor of", value: ({ meter }) => meter ?? "each meter" },
    ...columnsOver(wattsColumns("W", "floor"), ({ floor }: Floor) => floor),
  ];
  const table = drawTable(columns, floors.slice(0, MOST_SHOWN), width).lines;
  return [...table, ...moreLines(floors.length - MOST_SHOWN)];
}

function rangeText({ low, high }: Watts): string {
  return low === null || high === null ? "-" : `${decimals(low, 2)} - ${decimals(high, 2)}`;
}

function heldOutText(heldOut: HeldOutError | null): string {
  if (heldOut === null) return "nothing was left to hold out: how far it is off in other hours is not known";
  const { days, meanError, bias } = heldOut;
  const [error, more] = [decimals(100 * meanError, 1), decimals(100 * Math.abs(bias), 1)];
  return `off by ${error}% an hour on ${days} days it had not seen, ${more}% ${bias < 0 ? "less" : "more"} in total`;
}
