import type { MachineWatts, Watts } from "./machine-watts.js";

/** Ranges around the power of a machine, as factors of it; absent where the catalogue does not say. */
export interface PowerFactors {
  readonly busyPower?: { readonly low: number; readonly high: number };
  readonly idlePower?: { readonly low: number; readonly high: number };
}

/**
 * What the catalogue's low and high mean for an estimate, for `boundsOf` of `ada-carbon/uncertainty`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseMachines, powerFactors } from "ada-carbon/machines";
 *
 * const csv = "machine,busy_watts,busy_watts_low,busy_watts_high,idle_watts\nMuon,8,6,12,1\n";
 * const [muon] = parseMachines(csv, "machines.csv");
 * assert.deepEqual(muon && powerFactors(muon), { busyPower: { low: 0.75, high: 1.5 } });
 */
export function powerFactors({ busyCore, idleCore }: MachineWatts): PowerFactors {
  const [busyPower, idlePower] = [factorsOf(busyCore), factorsOf(idleCore)];
  return {
    ...(busyPower === undefined ? {} : { busyPower }),
    ...(idlePower === undefined ? {} : { idlePower }),
  };
}

function factorsOf({ watts, low, high }: Watts): { low: number; high: number } | undefined {
  if ((low === null && high === null) || watts === 0) return undefined;
  return { low: (low ?? watts) / watts, high: (high ?? watts) / watts };
}
