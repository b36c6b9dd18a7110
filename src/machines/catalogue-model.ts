import type { CpuSeconds, Energy, PowerModel } from "../power/model.js";
import { shortDigest } from "../usage/digest.js";
import { AdaCarbonError } from "../usage/errors.js";
import {
  assertMachines,
  type CurvePoint,
  type MachineCatalogue,
  type MachineWatts,
} from "./machine-watts.js";

/** Watt-seconds in a kilowatt-hour. */
const JOULES_PER_KWH = 3_600_000;

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
 * import { catalogueModel, parseMachines } from "ada-carbon/machines";
 * import { perCore } from "ada-carbon/power";
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
  { fallback, pue = 1, signal }: CatalogueModelOptions,
): Promise<PowerModel> {
  if (!(Number.isFinite(pue) && pue >= 1))
    throw new AdaCarbonError("bad-input", `pue is ${pue}; it must be a number of at least 1`);
  const machines = await catalogue.machines({ signal });
  assertMachines(machines, catalogue.where);
  const sorted = machines.toSorted((a, b) => (a.machine < b.machine ? -1 : 1));
  const digest = await shortDigest(JSON.stringify(sorted));
  const known = new Map(machines.map((entry) => [entry.machine, entry]));
  return {
    id: `machines/1 catalogue=${digest} machines=${machines.length} pue=${pue} else ${fallback.id}`,
    modes: fallback.modes,
    isKnown: (machine) => machine !== null && known.has(machine),
    energy(cpu, context) {
      const entry = context.machine === null ? undefined : known.get(context.machine);
      return entry === undefined ? fallback.energy(cpu, context) : energyOf(entry, cpu, pue);
    },
  };
}

function energyOf(entry: MachineWatts, cpu: CpuSeconds, pue: number): Energy {
  const { busyCpuSeconds, idleCpuSeconds } = cpu;
  const memoryWatts = entry.memory === null ? 0 : entry.memory.watts / entry.memory.cores;
  const [busyJoules, idleJoules] = coreJoules(entry, cpu);
  return {
    busyKwh: ((busyJoules + busyCpuSeconds * memoryWatts) * pue) / JOULES_PER_KWH,
    idleKwh: ((idleJoules + idleCpuSeconds * memoryWatts) * pue) / JOULES_PER_KWH,
  };
}

function coreJoules({ busyCore, idleCore, curve }: MachineWatts, cpu: CpuSeconds): [number, number] {
  const { busyCpuSeconds, idleCpuSeconds } = cpu;
  const seconds = busyCpuSeconds + idleCpuSeconds;
  if (curve === null || seconds === 0)
    return [busyCpuSeconds * busyCore.watts, idleCpuSeconds * idleCore.watts];
  const idle = idleCpuSeconds * (curve[0]?.watts ?? 0);
  return [seconds * wattsAt(curve, busyCpuSeconds / seconds) - idle, idle];
}

/** Watts of a core on the straight line between the two points around a utilisation. */
function wattsAt(curve: readonly CurvePoint[], utilisation: number): number {
  const i = Math.max(
    1,
    curve.findIndex((point) => point.utilisation >= utilisation),
  );
  const [before, after] = [curve[i - 1], curve[i]];
  if (before === undefined || after === undefined) return Number.NaN;
  const share = (utilisation - before.utilisation) / (after.utilisation - before.utilisation);
  return before.watts + share * (after.watts - before.watts);
}
