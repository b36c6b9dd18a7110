import { ADA_MODES, formatModes, type ModePolicy } from "../usage/modes.js";
import { AMOUNT, assertOptions, OBJECT, optional, type Rules } from "../usage/options.js";
import { JOULES_PER_KWH } from "../usage/physical.js";
import { type PowerModel, PUE } from "./model.js";

/** Watts of a busy core and of an idle one in Ada's clouds, as its operators use them. */
export const ADA_BUSY_WATTS = 12;
/** Watts of an idle core in Ada's clouds, as its operators use them. */
export const ADA_IDLE_WATTS = 1;

/** Watts of {@link perCore}, and what multiplies them. */
export interface PerCoreOptions {
  /** Watts of one busy core. Default 12. */
  readonly busyWatts?: number;
  /** Watts of one idle core. Default 1. */
  readonly idleWatts?: number;
  /** Power usage effectiveness of the building: everything is multiplied by it. Default 1, the machines alone. */
  readonly pue?: number;
  /** Default: mode `idle` is idle, everything else busy. */
  readonly modes?: ModePolicy;
}

const PER_CORE_OPTIONS: Rules<PerCoreOptions> = {
  busyWatts: optional(AMOUNT),
  idleWatts: optional(AMOUNT),
  pue: optional(PUE),
  modes: optional(OBJECT),
};

/**
 * So many watts a busy core, so many an idle one. It counts the cores that a virtual machine has, not the
 * idle floor of the hypervisor under it.
 *
 * @example
 * import assert from "node:assert/strict";
 * import { perCore } from "ada-carbon";
 *
 * const energy = perCore().energy({ busyCpuSeconds: 18_000, idleCpuSeconds: 54_000 }, { machine: null, hour: 0 });
 * assert.deepEqual(energy, { busyKwh: 0.06, idleKwh: 0.015 });
 */
export function perCore(options: PerCoreOptions = {}): PowerModel {
  assertOptions("perCore", options, PER_CORE_OPTIONS);
  const { busyWatts = ADA_BUSY_WATTS, idleWatts = ADA_IDLE_WATTS, pue = 1, modes = ADA_MODES } = options;
  return {
    id: `per-core/1 busy=${busyWatts}W idle=${idleWatts}W pue=${pue} modes:${formatModes(modes)}`,
    modes,
    energy: ({ busyCpuSeconds, idleCpuSeconds }) => ({
      busyKwh: (busyCpuSeconds * busyWatts * pue) / JOULES_PER_KWH,
      idleKwh: (idleCpuSeconds * idleWatts * pue) / JOULES_PER_KWH,
    }),
  };
}
