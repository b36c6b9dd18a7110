import type { CpuSeconds, Energy } from "../power/model.js";
import { JOULES_PER_KWH } from "../usage/physical.js";
import type { CurvePoint, MachineWatts } from "./machine-watts.js";

/** kWh of a machine of which so many CPU-seconds were busy and idle, at one utilisation. */
export function machineEnergy(entry: MachineWatts, cpu: CpuSeconds, pue: number): Energy {
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
