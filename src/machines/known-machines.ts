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

/** What counts beside the watts of a catalogue. */
export interface CatalogueOptions<Model> {
  /** Estimates machines that are not in the catalogue, and hosts without a machine name. */
  readonly fallback: Model;
  /** Power usage effectiveness of the building: what the catalogue gives is multiplied by it. Default 1. */
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
export async function knownMachines<Model extends { readonly id: string }>(
  caller: string,
  catalogue: MachineCatalogue,
  options: CatalogueOptions<Model>,
  fallbackRule: Rule,
): Promise<KnownMachines> {
  assertArgument(caller, "catalogue", catalogue, MACHINE_CATALOGUE);
  const rules = { fallback: fallbackRule, pue: optional(PUE), signal: optional(SIGNAL) };
  assertOptions<CatalogueOptions<Model>>(caller, options, rules);
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
