import { POWER_MODEL, type PowerModel } from "../power/model.js";
import { knownMachines } from "./known-machines.js";
import { machineEnergy } from "./machine-energy.js";
import type { MachineCatalogue } from "./machine-watts.js";

/** What counts beside the watts of a catalogue. */
export interface CatalogueModelOptions {
  /** Estimates machines that are not in the catalogue, and hosts without a machine name. */
  readonly fallback: PowerModel;
  /** Power usage effectiveness of the building: what the catalogue gives is multiplied by it. Default 1. */
  readonly pue?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * CPU-seconds times the watts that a catalogue gives for the machine. It is read once, now; the model's `id` has a
 * digest of it, so that hours by an older catalogue can be told from those by this one.
 *
 * With a curve, all cores take what it says at the utilisation of the hour; idle cores are counted at what they take
 * when the machine does nothing, and busy ones at the rest. Memory is shared out by core-seconds.
 *
 * Errors: `bad-input` for watts that cannot be, machines that are there twice, and a `pue` below 1.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { catalogueModel, parseMachines } from "ada-carbon/machines";
 * import { perCore } from "ada-carbon";
 *
 * const machines = parseMachines("machine,busy_watts,idle_watts\nMuon,8,2\n", "machines.csv");
 * const catalogue = { where: "machines.csv", machines: async () => machines };
 * const model = await catalogueModel(catalogue, { fallback: perCore() });
 * const cpu = { busyCpuSeconds: 3600, idleCpuSeconds: 7200 };
 * assert.deepEqual(model.energy(cpu, { machine: "Muon", hour: 0 }), { busyKwh: 0.008, idleKwh: 0.004 });
 * assert.deepEqual(model.energy(cpu, { machine: null, hour: 0 }), { busyKwh: 0.012, idleKwh: 0.002 });
 */
export async function catalogueModel(
  catalogue: MachineCatalogue,
  options: CatalogueModelOptions,
): Promise<PowerModel> {
  const { byName, pue, id } = await knownMachines("catalogueModel", catalogue, options, POWER_MODEL);
  const { fallback } = options;
  return {
    id,
    modes: fallback.modes,
    isKnown: (machine) => machine !== null && byName.has(machine),
    energy(cpu, context) {
      const known = byName.get(context.machine ?? "");
      return known === undefined ? fallback.energy(cpu, context) : machineEnergy(known, cpu, pue);
    },
  };
}
