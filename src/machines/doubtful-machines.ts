import { MEASURED_BUSY_WATTS, MEASURED_IDLE_WATTS, type WattsRange } from "../power/measured.js";
import { assertArgument, ITERABLE, LIST } from "../usage/options.js";
import { type MachineWatts, plainName } from "./machine-watts.js";

/** What is odd about a catalogue, a sentence each: watts that hardly any server takes. */
export function doubtfulMachines(machines: readonly MachineWatts[]): string[] {
  assertArgument("doubtfulMachines", "machines", machines, LIST);
  return machines.flatMap(({ machine, busyCore, idleCore }) =>
    doubts(busyCore.watts, idleCore.watts, 1).map((doubt) => `${JSON.stringify(machine)}: ${doubt}`),
  );
}

/** What is odd about watts that all machines are estimated by: they are ten times off, as of another unit, or exchanged. */
export function doubtfulWatts(busyWatts: number, idleWatts: number): string[] {
  return doubts(busyWatts, idleWatts, 10);
}

function doubts(busyWatts: number, idleWatts: number, times: number): string[] {
  const outside = ({ low, high }: WattsRange, watts: number): boolean =>
    watts < low / times || watts > high * times;
  const range = ({ low, high }: WattsRange): string => `98 of 100 measured servers take ${low} to ${high} W`;
  return [
    ...(outside(MEASURED_BUSY_WATTS, busyWatts)
      ? [`${busyWatts} W a busy core; ${range(MEASURED_BUSY_WATTS)}`]
      : []),
    ...(outside(MEASURED_IDLE_WATTS, idleWatts)
      ? [`${idleWatts} W an idle core; ${range(MEASURED_IDLE_WATTS)}`]
      : []),
    ...(idleWatts > busyWatts
      ? [`an idle core takes more than a busy one (${idleWatts} and ${busyWatts} W)`]
      : []),
  ];
}

/** Machines of hosts that are in the catalogue under a name that differs in case or spaces only, a sentence each. */
export function nearlyKnown(machines: readonly MachineWatts[], names: Iterable<string>): string[] {
  assertArgument("nearlyKnown", "machines", machines, LIST);
  assertArgument("nearlyKnown", "names", names, ITERABLE);
  const known = new Map(machines.map(({ machine }) => [plainName(machine), machine]));
  return [...names].flatMap((name) => {
    const near = known.get(plainName(name));
    if (near === undefined || near === name) return [];
    return [
      `hosts say ${JSON.stringify(name)}, the catalogue ${JSON.stringify(near)}: write it as the hosts do, or it is not used`,
    ];
  });
}
