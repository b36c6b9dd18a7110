import { PUE } from "../power/model.js";
import { byCodeUnit } from "../usage/code-units.js";
import { shortDigest } from "../usage/digest.js";
import { assertArgument, assertOptions, optional, type Rule, SIGNAL } from "../usage/options.js";
import {
  assertMachines,
  MACHINE_CATALOGUE,
  type MachineCatalogue,
  type MachineWatts,
} from "./machine-watts.js";

/** What the options of every model of a catalogue have in common. */
interface CatalogueOptions {
  readonly fallback: { readonly id: string };
  readonly pue?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A catalogue that has been read: its machines by name, and how a model that is made of it is called. */
export interface KnownMachines {
  readonly byName: ReadonlyMap<string, MachineWatts>;
  readonly pue: number;
  readonly id: string;
}

/** Reads and checks what `caller`, which makes a model of a catalogue, was given. */
export async function knownMachines(
  caller: string,
  catalogue: MachineCatalogue,
  options: CatalogueOptions,
  fallbackRule: Rule,
): Promise<KnownMachines> {
  assertArgument(caller, "catalogue", catalogue, MACHINE_CATALOGUE);
  const rules = { fallback: fallbackRule, pue: optional(PUE), signal: optional(SIGNAL) };
  assertOptions<CatalogueOptions>(caller, options, rules);
  const { fallback, pue = 1, signal } = options;
  const machines = await catalogue.machines({ signal });
  assertMachines(machines, catalogue.where);
  const sorted = machines.toSorted((a, b) => byCodeUnit(a.machine, b.machine));
  const digest = await shortDigest(JSON.stringify(sorted));
  return {
    byName: new Map(machines.map((entry) => [entry.machine, entry])),
    pue,
    id: `machines/1 catalogue=${digest} machines=${machines.length} pue=${pue} else ${fallback.id}`,
  };
}
