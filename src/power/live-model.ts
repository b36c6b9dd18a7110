import { HOUR_MS, hourOf } from "../usage/hour.js";
import { assertArgument } from "../usage/options.js";
import { type CpuSeconds, type Energy, POWER_MODEL, type PowerModel } from "./model.js";
import type { WorkspaceLoad, WorkspaceModel } from "./workspace-model.js";

/**
 * The tracker's model by the constants of an hourly one: what is counted of a host minute by minute adds up to its
 * hours, as far as both saw the same CPU-seconds. Memory is not looked at, since the hourly model does not.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { liveModel, perCore } from "ada-carbon";
 *
 * const model = liveModel(perCore({ busyWatts: 12, idleWatts: 1 }));
 * const load = { cores: 4, idleFraction: 0.75, memoryActiveRatio: null };
 * assert.equal(model.watts(load), 15); // one busy core at 12 W, three idle ones at 1 W
 * assert.deepEqual(model.energy(load, 3_600_000), { busyKwh: 0.012, idleKwh: 0.003 });
 */
export function liveModel(hourly: PowerModel, clock: () => number = Date.now): WorkspaceModel {
  assertArgument("liveModel", "hourly", hourly, POWER_MODEL);
  const energy: WorkspaceModel["energy"] = (load, elapsedMs) =>
    hourly.energy(cpuSecondsOf(load, elapsedMs), { machine: load.machine ?? null, hour: hourOf(clock()) });
  return { id: hourly.id, energy, watts: (load) => wattsOf(energy(load, HOUR_MS)) };
}

/** CPU-seconds of all cores over a time at that load. */
export function cpuSecondsOf({ cores, idleFraction }: WorkspaceLoad, elapsedMs: number): CpuSeconds {
  const cpuSeconds = (cores * elapsedMs) / 1000;
  return { busyCpuSeconds: cpuSeconds * (1 - idleFraction), idleCpuSeconds: cpuSeconds * idleFraction };
}

/** Mean power of what is used in an hour. */
export function wattsOf({ busyKwh, idleKwh }: Energy): number {
  return (busyKwh + idleKwh) * 1000;
}
