import type { MachineAverages } from "../stores/average-store.js";
import { plus, total, ZERO } from "./running-sum.js";

/**
 * Given averages that say kWh a machine-hour and not of how many CPUs, with the CPU-seconds a machine-hour of others of
 * the same machine: only then do they say watts of a CPU. `undefined` where these do not know either.
 */
export function withCpuSeconds(
  given: MachineAverages,
  others: MachineAverages | undefined,
): MachineAverages | undefined {
  if (total(given.busyCpuSeconds) + total(given.idleCpuSeconds) > 0) return given;
  if (others === undefined || !(total(others.weight) > 0)) return undefined;
  const hours = total(given.weight) / total(others.weight);
  return {
    ...given,
    busyCpuSeconds: plus(ZERO, total(others.busyCpuSeconds) * hours),
    idleCpuSeconds: plus(ZERO, total(others.idleCpuSeconds) * hours),
  };
}
