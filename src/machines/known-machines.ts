import { shortDigest } from "../usage/digest.js";
import { AdaCarbonError } from "../usage/errors.js";
import { assertMachines, type MachineCatalogue, type MachineWatts } from "./machine-watts.js";

/** A catalogue that has been read: its machines by name, and how a model that is made of it is called. */
export interface KnownMachines {
  readonly byName: ReadonlyMap<string, MachineWatts>;
  readonly id: string;
}

/** Reads and checks a catalogue; `bad-input` also for a `pue` below 1. */
export async function knownMachines(
  catalogue: MachineCatalogue,
  pue: number,
  signal: AbortSignal | undefined,
): Promise<KnownMachines> {
  if (!(Number.isFinite(pue) && pue >= 1))
    throw new AdaCarbonError("bad-input", `pue is ${pue}; it must be a number of at least 1`);
  const machines = await catalogue.machines({ signal });
  assertMachines(machines, catalogue.where);
  const sorted = machines.toSorted((a, b) => (a.machine < b.machine ? -1 : 1));
  const digest = await shortDigest(JSON.stringify(sorted));
  return {
    byName: new Map(machines.map((entry) => [entry.machine, entry])),
    id: `machines/1 catalogue=${digest} machines=${machines.length} pue=${pue}`,
  };
}
