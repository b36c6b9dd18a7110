import { type Energy, POWER_MODEL, type PowerModel } from "../power/model.js";
import type { AverageStore } from "../stores/average-store.js";
import { assertCall, type CallOptions } from "../stores/call-options.js";
import { AVERAGE_STORE } from "../stores/port-rules.js";
import { shortDigest } from "../usage/digest.js";
import { assertArgument } from "../usage/options.js";
import { isLearnt, machineMeans } from "./machine-averages.js";

/** How the ids of machine-average models begin. Averages never learn from rows of such a model. */
export const MACHINE_AVERAGE = "machine-average/";

/**
 * The power model of the source documents: CPU-seconds times the machine's average power, in kW a busy and an
 * idle CPU. The averages are read once, now; the id carries a digest of them, and says how many somebody gave and how
 * many were learnt from stored hours. Machines without averages, and hosts without a machine name, are estimated by
 * `fallback`.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { machineAverageModel, noAverages, withHour } from "ada-carbon/averages";
 * import { memoryAverageStore } from "ada-carbon/memory";
 * import { perCore } from "ada-carbon";
 *
 * const store = memoryAverageStore();
 * const hour = {
 *   machine: "Muon", weight: 1, busyCpuSeconds: 3600, idleCpuSeconds: 3600,
 *   busyKwh: 0.02, idleKwh: 0.004, busyGco2eq: 4, idleGco2eq: 0.8,
 * };
 * await store.put([withHour(noAverages("Muon"), hour)]);
 * const model = await machineAverageModel(store, perCore());
 * const energy = model.energy({ busyCpuSeconds: 7200, idleCpuSeconds: 0 }, { machine: "Muon", hour: 0 });
 * assert.equal(energy.busyKwh, 0.04);
 */
export async function machineAverageModel(
  store: AverageStore,
  fallback: PowerModel,
  options: CallOptions = {},
): Promise<PowerModel> {
  assertArgument("machineAverageModel", "store", store, AVERAGE_STORE);
  assertArgument("machineAverageModel", "fallback", fallback, POWER_MODEL);
  assertCall("machineAverageModel", options);
  const power = new Map<string, { busyKw: number | null; idleKw: number | null }>();
  let given = 0;
  for (const machine of await store.list(options)) {
    const averages = await store.get(machine, options);
    if (averages === undefined) continue;
    const { busyKwPerCpu, idleKwPerCpu } = machineMeans(averages);
    if (busyKwPerCpu === null && idleKwPerCpu === null) continue;
    power.set(machine, { busyKw: busyKwPerCpu, idleKw: idleKwPerCpu });
    if (!isLearnt(averages)) given++;
  }
  const digest = await shortDigest(JSON.stringify([...power]));
  return {
    id: `${MACHINE_AVERAGE}1 averages=${digest} given=${given} learnt=${power.size - given} else ${fallback.id}`,
    modes: fallback.modes,
    isKnown: (machine) => machine !== null && power.has(machine),
    energy(cpu, context) {
      const known = context.machine === null ? undefined : power.get(context.machine);
      if (known === undefined) return fallback.energy(cpu, context);
      const { busyKw, idleKw } = known;
      // A machine that was never idle says nothing of what an idle CPU takes.
      const other = busyKw === null || idleKw === null ? fallback.energy(cpu, context) : NOTHING;
      return {
        busyKwh: busyKw === null ? other.busyKwh : (cpu.busyCpuSeconds * busyKw) / 3600,
        idleKwh: idleKw === null ? other.idleKwh : (cpu.idleCpuSeconds * idleKw) / 3600,
      };
    },
  };
}

const NOTHING: Energy = { busyKwh: 0, idleKwh: 0 };
