import type { MachineWatts, Watts } from "../machines/machine-watts.js";
import { ADA_BUSY_WATTS, ADA_IDLE_WATTS } from "../power/per-core.js";
import { formatInterval, HOUR_MS } from "../usage/hour.js";
import {
  assertArgument,
  assertOptions,
  LIST,
  OBJECT,
  oneOf,
  optional,
  type Rules,
  TEXT,
} from "../usage/options.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { type HeldOutError, heldOutError } from "./held-out.js";
import { NormalEquations } from "./least-squares.js";
import type { MeteredLoad } from "./loads.js";
import { type FloorRule, observationsOf, type Wanted } from "./observations.js";
import { type GivenWatts, scaleGiven } from "./scaled.js";
import { describeWanted, type Told, tell } from "./telling.js";
import { unitDoubts } from "./unit-doubts.js";

/** What is taken for granted in a fit. */
export interface CalibrationOptions {
  /** Names the meters in the catalogue, such as a path or a URL without credentials. */
  readonly where: string;
  /** Default `each`: every meter has a floor of its own. `shared` needs less data, and is right for equal machines. */
  readonly floors?: FloorRule | undefined;
  /** What is taken for granted where there is nothing but a monthly bill. Default: 12 W and 1 W a core, no floor. */
  readonly given?: GivenWatts | undefined;
}

const CALIBRATION_OPTIONS: Rules<CalibrationOptions> = {
  where: TEXT,
  floors: optional(oneOf(["each", "shared"])),
  given: optional(OBJECT),
};

/** What a meter takes whatever the cores behind it do, such as a hypervisor its fans, disks and memory. */
export interface Floor {
  /** `null` where all meters have the same. */
  readonly meter: string | null;
  readonly floor: Watts;
}

/** Watts that were fitted to meters, and how well. */
export interface Calibration {
  /**
   * `fitted`: each number by itself. `scaled`: there was nothing but a bill, so given watts were multiplied by one
   * factor; machines are not told apart by it, and there are no intervals.
   */
  readonly method: "fitted" | "scaled";
  /** The factor of `scaled`; else `null`. */
  readonly factor: number | null;
  /** Machines of which both numbers are told, by name. Low and high hold nine of ten. As `--machines` reads them. */
  readonly machines: readonly MachineWatts[];
  readonly floors: readonly Floor[];
  /** Numbers that are not told, in words, and why. */
  readonly untold: readonly { readonly what: string; readonly reason: string }[];
  /** `null` where nothing could be held out. */
  readonly heldOut: HeldOutError | null;
  /** Hours of meters that were used: those in which the meter and all core-hours behind it are known. */
  readonly hours: number;
  readonly meters: number;
  readonly findings: readonly string[];
}

/**
 * Fits watts of a busy and an idle core of each type of machine, none of them negative, and a floor of each meter, to
 * what meters measured and the core-hours behind them. What cannot be told is said, and gets no number.
 *
 * The watts are those at the meter: of a meter behind power supplies and cooling, these are in them.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { calibrate } from "ada-carbon/calibration";
 * import { hoursIn } from "ada-carbon";
 *
 * const hours = hoursIn({ from: 0, to: 240 * 3_600_000 });
 * const busyCoreHours = Float64Array.from(hours, (_, i) => 4 + 3 * Math.sin(i) + 2 * Math.cos(i / 7));
 * const idleCoreHours = Float64Array.from(hours, (_, i) => 6 + 5 * Math.sin(i / 5));
 * const kwh = busyCoreHours.map((busy, i) => (100 + 8 * busy + 2 * (idleCoreHours[i] ?? 0)) / 1000);
 * const machines = [{ machine: "Muon", busyCoreHours, idleCoreHours }];
 * const load = { meter: "hv-1", kind: "hypervisor", spread: null, hours, kwh, machines } as const;
 * const { machines: [muon], floors } = calibrate([load], { where: "ipmi" });
 * assert.equal(muon?.busyCore.watts.toFixed(2), "8.00");
 * assert.equal(floors[0]?.floor.watts.toFixed(2), "100.00");
 */
export function calibrate(loads: readonly MeteredLoad[], options: CalibrationOptions): Calibration {
  assertArgument("calibrate", "loads", loads, LIST);
  assertOptions("calibrate", options, CALIBRATION_OPTIONS);
  const { floors = "each", where } = options;
  const doubts = unitDoubts(loads);
  const doubted = new Set(doubts.map(({ meter }) => meter));
  const trusted = loads.filter(({ meter, hours }) => !doubted.has(meter) && hours.length > 0);
  const byHour = trusted.filter(({ spread }) => spread === null);
  const used = byHour.length > 0 ? byHour : trusted;
  const findings = [
    ...doubts.map(({ meter, what }) => `${meter}: ${what}; it is left out`),
    ...(byHour.length > 0 && byHour.length < trusted.length
      ? ["there are meters by the hour: what was spread over its hours is not used"]
      : []),
  ];
  const observations = observationsOf(used, floors);
  const { rows, wanted } = observations;
  const common = { hours: rows.length, meters: new Set(rows.map(({ meter }) => meter)).size, findings };
  if (rows.length === 0)
    return {
      ...NOTHING,
      ...common,
      untold: [{ what: "anything", reason: "no hour is both metered and stored in full" }],
    };
  const origin = originOf(used, where);
  if (byHour.length === 0) {
    const { given = DEFAULT_WATTS } = options;
    const { factor, machines, floor, heldOut } = scaleGiven(observations, given, origin);
    return {
      ...{ ...common, method: "scaled", factor, machines: machines.filter(hasName), heldOut },
      floors: floor === null ? [] : [{ meter: null, floor }],
      untold: [{ what: "watts of each machine by themselves", reason: BILL_ONLY }],
    };
  }
  const equations = new NormalEquations(wanted.length);
  for (const row of rows) equations.add(row);
  const { told, untold } = tell(observations, equations);
  const machines = machinesOf(told, origin);
  return {
    ...{ ...common, method: "fitted", factor: null, machines: machines.filter(hasName) },
    floors: told.flatMap(({ wanted: what, ...watts }) =>
      what.of === "floor" ? [{ meter: what.meter, floor: watts }] : [],
    ),
    untold: untold.map(({ wanted: what, reason }) => ({ what: describeWanted(what), reason })),
    heldOut: heldOutError(rows, equations),
  };
}

const DEFAULT_WATTS: GivenWatts = {
  machines: [],
  otherwise: { busyWatts: ADA_BUSY_WATTS, idleWatts: ADA_IDLE_WATTS },
  floorWatts: 0,
};

const BILL_ONLY =
  "a bill has one number a month, which is the same for whatever machines: the watts that were given are multiplied by one factor, and are as right among each other as they were";

const NOTHING = { method: "fitted", factor: null, machines: [], floors: [], heldOut: null } as const;

/** No catalogue can name hosts that have no machine name. */
function hasName({ machine }: MachineWatts): boolean {
  return machine !== UNATTRIBUTED;
}

function machinesOf(told: readonly Told[], origin: { source: string; date: string }): MachineWatts[] {
  const wattsOf = (of: Wanted["of"], machine: string): Watts | undefined => {
    const found = told.find(
      ({ wanted }) => wanted.of === of && wanted.of !== "floor" && wanted.machine === machine,
    );
    return found && { watts: found.watts, low: found.low, high: found.high };
  };
  const names = told.flatMap(({ wanted }) => (wanted.of === "busy" ? [wanted.machine] : []));
  return names.sort().flatMap((machine): MachineWatts[] => {
    const [busyCore, idleCore] = [wattsOf("busy", machine), wattsOf("idle", machine)];
    if (busyCore === undefined || idleCore === undefined) return [];
    return [{ machine, busyCore, idleCore, curve: null, memory: null, ...origin }];
  });
}

/** Who measured it, over which time, and on which day that was. */
function originOf(loads: readonly MeteredLoad[], where: string): { source: string; date: string } {
  const hours = loads.flatMap(({ hours: own }) => [own[0] ?? 0, own.at(-1) ?? 0]);
  const [from, last] = [Math.min(...hours), Math.max(...hours)];
  const meters = new Set(loads.map(({ meter }) => meter)).size;
  const span = formatInterval({ from, to: last + HOUR_MS });
  return {
    source: `calibrated to ${meters} ${meters === 1 ? "meter" : "meters"} of ${where}, ${span}`,
    date: new Date(last).toISOString().slice(0, 10),
  };
}
