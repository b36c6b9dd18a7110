import { assertAverages } from "../assert-averages.js";
import type { AverageStore, MachineAverages } from "../average-store.js";
import { assertName } from "../names.js";
import { OpenGuard } from "../open-guard.js";

/**
 * An average store that lives as long as the process: for tests, and for hosts that keep the averages
 * elsewhere. What goes in and what comes out are copies.
 *
 * @example
 * import { memoryAverageStore } from "ada-carbon/memory";
 *
 * assert.equal(await memoryAverageStore().get("Artemis (Matlab)"), undefined);
 */
export function memoryAverageStore(): AverageStore {
  const stored = new Map<string, MachineAverages>();
  const open = new OpenGuard("the memory store");

  return {
    async get(machine, { signal } = {}) {
      open.enter(signal);
      assertName(machine, "the name of a machine");
      return structuredClone(stored.get(machine));
    },

    async put(averages, { signal } = {}) {
      open.enter(signal);
      for (const each of averages) assertAverages(each);
      for (const each of averages) stored.set(each.machine, structuredClone(each));
    },

    async list({ signal } = {}) {
      open.enter(signal);
      return [...stored.keys()].sort();
    },

    async remove(machines, { signal } = {}) {
      open.enter(signal);
      for (const machine of machines) assertName(machine, "the name of a machine");
      for (const machine of machines) stored.delete(machine);
    },

    async close() {
      if (open.close()) stored.clear();
    },
  };
}
