import { AMOUNT, assertOptions, optional, port, type Rule, type Rules } from "../usage/options.js";
import type { Energy } from "./model.js";

/** Watts of a fully busy core: what the per-core model takes, too. */
export const WORKSPACE_CPU_TDP_WATTS = 12;
/** Watts of memory that is all active: 16 GB at the 0.4 W/GB that is commonly assumed. */
export const WORKSPACE_RAM_WATTS = 6;
/** Watts of everything else that runs whatever the machine does: its share of board, disks, network, fans. */
export const WORKSPACE_OTHER_WATTS = 5;

/** Milliseconds x watts in a kilowatt-hour. */
const WATT_MS_PER_KWH = 3_600_000_000;

/** Watts of a whole machine, part by part. */
export interface WorkspaceModelOptions {
  /** Watts of one fully busy core. Default 12. */
  readonly cpuTdpW?: number;
  /** Watts of the machine's memory when all of it is active. Default 6. */
  readonly ramW?: number;
  /** Watts that are always there. Default 5. */
  readonly otherW?: number;
}

/** What a machine was doing, on average, over some time. */
export interface WorkspaceLoad {
  /** Machine name (type of workspace), where known; only models of known machines look at it. */
  readonly machine?: string | null | undefined;
  readonly cores: number;
  /** Idle CPU time / all CPU time, 0 to 1. */
  readonly idleFraction: number;
  /** Active memory / all memory, 0 to 1; `null` where it is not known. */
  readonly memoryActiveRatio: number | null;
}

/** Turns a machine's load into electricity, poll by poll. Pure. */
export interface WorkspaceModel {
  /** Model, version and constants in one line. */
  readonly id: string;
  /** Power at that load, watts. Of memory that is not known nothing is in it: a lower bound. */
  watts(load: WorkspaceLoad): number;
  /** Electricity over `elapsedMs` at that load, split by the idle fraction; kWh. */
  energy(load: WorkspaceLoad, elapsedMs: number): Energy;
}

const WORKSPACE_MODEL_OPTIONS: Rules<WorkspaceModelOptions> = {
  cpuTdpW: optional(AMOUNT),
  ramW: optional(AMOUNT),
  otherW: optional(AMOUNT),
};

/** What an option must be that is such a model. */
export const WORKSPACE_MODEL: Rule = port("WorkspaceModel", ["watts", "energy"]);

/**
 * `CPU = cores x cpuTdpW x (1 - idle)`, `RAM = ramW x active memory`, `Other = otherW`, in watts; the energy
 * of a time is busy by (1 - idle) and idle by the rest.
 *
 * The defaults are assumptions about a virtual machine of a usual size; give your own. `bad-input` for watts
 * that are negative or not finite.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { workspaceModel } from "ada-carbon";
 *
 * const model = workspaceModel({ cpuTdpW: 10, ramW: 8, otherW: 6 });
 * const load = { cores: 4, idleFraction: 0.75, memoryActiveRatio: 0.5 };
 * assert.equal(model.watts(load), 20); // 4 x 10 x 0.25 + 8 x 0.5 + 6
 * assert.deepEqual(model.energy(load, 3_600_000), { busyKwh: 0.005, idleKwh: 0.015 });
 */
export function workspaceModel(options: WorkspaceModelOptions = {}): WorkspaceModel {
  assertOptions("workspaceModel", options, WORKSPACE_MODEL_OPTIONS);
  const {
    cpuTdpW = WORKSPACE_CPU_TDP_WATTS,
    ramW = WORKSPACE_RAM_WATTS,
    otherW = WORKSPACE_OTHER_WATTS,
  } = options;
  const watts = ({ cores, idleFraction, memoryActiveRatio }: WorkspaceLoad): number =>
    cores * cpuTdpW * (1 - idleFraction) + ramW * (memoryActiveRatio ?? 0) + otherW;
  return {
    id: `workspace/1 cpu_tdp=${cpuTdpW}W/core ram=${ramW}W other=${otherW}W`,
    watts,
    energy: (load, elapsedMs) => {
      const kwh = (watts(load) * elapsedMs) / WATT_MS_PER_KWH;
      return { busyKwh: kwh * (1 - load.idleFraction), idleKwh: kwh * load.idleFraction };
    },
  };
}
