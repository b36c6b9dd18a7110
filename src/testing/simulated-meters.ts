import type { MeterHours, MeterReadings } from "../meters/meter.js";
import { hoursIn } from "../usage/hour.js";
import {
  AMOUNT,
  assertArgument,
  assertOptions,
  numberFrom,
  OBJECT,
  optional,
  type Rules,
} from "../usage/options.js";
import { numberAt } from "../usage/series.js";
import type { SimulatedCluster } from "./cluster.js";
import { mix } from "./random.js";
import { clusterTruth, type HostTruth } from "./truth.js";

/** How well simulated meters measure. */
export interface SimulatedMeterOptions {
  /** Watts of a busy and an idle core, by machine name. */
  readonly watts: Readonly<Record<string, { readonly busy: number; readonly idle: number }>>;
  /** What each meter shows whatever the cores behind it do. Default 150. */
  readonly floorWatts?: number;
  /** Hosts under a hypervisor, each of which has a meter. Default 2. */
  readonly hostsOfMeter?: number;
  /** Standard deviation of what a meter shows in an hour, as a share. Default 0.03. */
  readonly noise?: number;
  readonly seed?: number;
}

const METER_OPTIONS: Rules<SimulatedMeterOptions> = {
  watts: OBJECT,
  floorWatts: optional(AMOUNT),
  hostsOfMeter: optional(numberFrom(1)),
  noise: optional(AMOUNT),
  seed: optional(AMOUNT),
};

/**
 * Meters of the hypervisors under a simulated cluster, whose watts are known to the caller alone: what a calibration
 * should find again. Hosts are under hypervisors in the order of the cluster, and stay there.
 */
export function simulateMeters(cluster: SimulatedCluster, options: SimulatedMeterOptions): MeterReadings {
  assertArgument("simulateMeters", "cluster", cluster, OBJECT);
  assertOptions("simulateMeters", options, METER_OPTIONS);
  const { floorWatts = 150, hostsOfMeter = 2, noise = 0.03, seed = 1 } = options;
  const hours = hoursIn(cluster.interval);
  const { hosts } = clusterTruth(cluster);
  const hypervisors = Map.groupBy(hosts.keys(), (i) => Math.floor(i / hostsOfMeter));
  const meters = [...hypervisors].map(([number, indices]): MeterHours => {
    const own = indices.flatMap((i) => hosts[i] ?? []);
    const kwh = Float64Array.from(hours, (_, t) => {
      const watts = own.reduce((sum, truth) => sum + wattsOf(truth, t, options.watts), floorWatts);
      return (watts / 1000) * (1 + noise * normal(mix(mix(seed, number), t)));
    });
    return {
      ...{ meter: `hv-${number + 1}`, kind: "hypervisor", spread: null },
      ...{ hosts: own.map(({ host }) => host.instance), hours, kwh },
    };
  });
  return { meters, findings: [] };
}

function wattsOf(
  { host, busyCpuSeconds, idleCpuSeconds }: HostTruth,
  t: number,
  watts: SimulatedMeterOptions["watts"],
): number {
  const { busy = 0, idle = 0 } = watts[host.machine] ?? {};
  return (busy * numberAt(busyCpuSeconds, t) + idle * numberAt(idleCpuSeconds, t)) / 3600;
}

/** A number of a normal distribution from a 32-bit one: the sum of twelve even ones is near enough. */
function normal(random: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += mix(random, i) / 2 ** 32;
  return sum;
}
