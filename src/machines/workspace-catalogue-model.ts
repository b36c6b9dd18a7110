import { cpuSecondsOf, wattsOf } from "../power/live-model.js";
import { WORKSPACE_MODEL, type WorkspaceModel } from "../power/workspace-model.js";
import { HOUR_MS } from "../usage/hour.js";
import { knownMachines } from "./known-machines.js";
import { machineEnergy } from "./machine-energy.js";
import type { MachineCatalogue } from "./machine-watts.js";

/** What counts for machines that a catalogue does not name. */
export interface WorkspaceCatalogueOptions {
  /** For machines that are not in the catalogue. */
  readonly fallback: WorkspaceModel;
  /** Power usage effectiveness of the building. Default 1. */
  readonly pue?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tracker's model by the same watts as the hourly {@link catalogueModel}: what a page shows of a host minute by
 * minute adds up to its hours. With a curve they differ by what a changing load within the hour makes of it.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { parseMachines, workspaceCatalogueModel } from "ada-carbon/machines";
 * import { workspaceModel } from "ada-carbon";
 *
 * const machines = parseMachines("machine,busy_watts,idle_watts\nMuon,8,2\n", "machines.csv");
 * const catalogue = { where: "machines.csv", machines: async () => machines };
 * const model = await workspaceCatalogueModel(catalogue, { fallback: workspaceModel() });
 * const load = { machine: "Muon", cores: 4, idleFraction: 0.75, memoryActiveRatio: 0.5 };
 * assert.equal(model.watts(load), 14); // one busy core at 8 W, three idle ones at 2 W
 */
export async function workspaceCatalogueModel(
  catalogue: MachineCatalogue,
  options: WorkspaceCatalogueOptions,
): Promise<WorkspaceModel> {
  const { byName, pue, id } = await knownMachines(
    "workspaceCatalogueModel",
    catalogue,
    options,
    WORKSPACE_MODEL,
  );
  const { fallback } = options;
  const energy: WorkspaceModel["energy"] = (load, elapsedMs) => {
    const known = byName.get(load.machine ?? "");
    if (known === undefined) return fallback.energy(load, elapsedMs);
    return machineEnergy(known, cpuSecondsOf(load, elapsedMs), pue);
  };
  return {
    id,
    energy,
    watts: (load) => (byName.has(load.machine ?? "") ? wattsOf(energy(load, HOUR_MS)) : fallback.watts(load)),
  };
}
