import { type MachineWatts, plainName } from "./machine-watts.js";

/**
 * Watts of a busy and an idle core or thread between which nine of ten servers lie that were measured with SPECpower
 * and submitted in 2017 to 2021 (167 servers; spec.org/power_ssj2008, retrieved 2023-05-08).
 */
export const MEASURED_BUSY_WATTS = { low: 1.5, high: 12.3 };
export const MEASURED_IDLE_WATTS = { low: 0.3, high: 4.7 };

/** What is odd about a catalogue, a sentence each: watts that hardly any server takes. */
export function doubtfulMachines(machines: readonly MachineWatts[]): string[] {
  return machines.flatMap(({ machine, busyCore, idleCore }) => {
    const name = JSON.stringify(machine);
    const outside = ({ low, high }: { low: number; high: number }, watts: number): boolean =>
      watts < low || watts > high;
    const range = ({ low, high }: { low: number; high: number }): string =>
      `nine of ten measured servers take ${low} to ${high} W`;
    return [
      ...(outside(MEASURED_BUSY_WATTS, busyCore.watts)
        ? [`${name}: ${busyCore.watts} W a busy core; ${range(MEASURED_BUSY_WATTS)}`]
        : []),
      ...(outside(MEASURED_IDLE_WATTS, idleCore.watts)
        ? [`${name}: ${idleCore.watts} W an idle core; ${range(MEASURED_IDLE_WATTS)}`]
        : []),
      ...(idleCore.watts > busyCore.watts
        ? [`${name}: an idle core takes more than a busy one (${idleCore.watts} and ${busyCore.watts} W)`]
        : []),
    ];
  });
}

/** Machines of hosts that are in the catalogue under a name that differs in case or spaces only, a sentence each. */
export function nearlyKnown(machines: readonly MachineWatts[], names: Iterable<string>): string[] {
  const known = new Map(machines.map(({ machine }) => [plainName(machine), machine]));
  return [...names].flatMap((name) => {
    const near = known.get(plainName(name));
    if (near === undefined || near === name) return [];
    return [
      `hosts say ${JSON.stringify(name)}, the catalogue ${JSON.stringify(near)}: write it as the hosts do, or it is not used`,
    ];
  });
}
