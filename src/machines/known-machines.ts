import { byCodeUnit } from "../usage/code-units.js";
import { shortDigest } from "../usage/digest.js";
import { assertMachines, type MachineCatalogue, type MachineWatts } from "./machine-watts.js";

/** A catalogue that has been read: its machines by name, and how a model that is made of it is called. */
export interface KnownMachines {
  readonly byName: ReadonlyMap<string, MachineWatts>;
  readonly id: string;
}

/** Reads and checks a catalogue. */
export async function knownMachines(
  catalogue: MachineCatalogue,
  pue: number,
  signal: AbortSignal | undefined,
): Promise<KnownMachines> {
  const machines = await catalogue.machines({ signal });
  assertMachines(machines, catalogue.where);
  const sorted = machines.toSorted((a, b) => byCodeUnit(a.machine, b.machine));
  const digest = await shortDigest(JSON.stringify(sorted));
  return {
    byName: new Map(machines.map((entry) => [entry.machine, entry])),
    id: `machines/1 catalogue=${digest} machines=${machines.length} pue=${pue}`,
  };
}
