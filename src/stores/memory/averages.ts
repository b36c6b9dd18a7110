import type { AverageStore, MachineAverages } from "../average-store.js";
import { averageCalls } from "../kit/average-calls.js";
import { closing } from "../kit/closing.js";
import { OpenGuard } from "../kit/open-guard.js";

/**
 * An average store that lives as long as the process: for tests, and for hosts that keep the averages
 * elsewhere. What goes in and what comes out are copies.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryAverageStore } from "ada-carbon/memory";
 *
 * assert.equal(await memoryAverageStore().get("Artemis (Matlab)"), undefined);
 */
export function memoryAverageStore(): AverageStore & AsyncDisposable {
  const stored = new Map<string, MachineAverages>();
  const open = new OpenGuard("the memory store");

  return {
    ...averageCalls(open, {
      async get(machine) {
        return structuredClone(stored.get(machine));
      },
      async put(averages) {
        for (const ofMachine of averages) stored.set(ofMachine.machine, structuredClone(ofMachine));
      },
      async names() {
        return [...stored.keys()];
      },
      async remove(machines) {
        for (const machine of machines) stored.delete(machine);
      },
    }),
    ...closing(async () => {
      if (open.close()) stored.clear();
    }),
  };
}
