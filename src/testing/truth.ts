import { HOUR_MS, hoursIn, type Interval } from "../usage/hour.js";
import { assertArgument, OBJECT, oneOf } from "../usage/options.js";
import { sumOf } from "../usage/sum.js";
import type { SimulatedCluster } from "./cluster.js";
import type { SimulatedHost } from "./host.js";
import { CPU_MODES, type CpuMode } from "./load.js";

/** What really happened, in CPU-seconds, one value for each hour of {@link ClusterTruth.hours}. */
export interface CpuTruth {
  /** Every mode but `idle`. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
}

export interface HostTruth extends CpuTruth {
  readonly host: SimulatedHost;
  readonly modes: Readonly<Record<CpuMode, Float64Array>>;
}

/** Truth of a whole cluster. It knows nothing of scrapes: an outage hides hours, but they happened. */
export interface ClusterTruth {
  /** The starts of the UTC hours in the cluster's interval, ascending. */
  readonly hours: readonly number[];
  readonly hosts: readonly HostTruth[];
  /**
   * Sums over the hosts that share a project, a machine name or a user (`null` for those without). Where the labels of
   * a host change, its time is split there.
   */
  by(owner: "project" | "machine" | "user"): ReadonlyMap<string | null, CpuTruth>;
  readonly total: CpuTruth;
}

/** The exact CPU-seconds of every host in every hour of the cluster's interval. */
export function clusterTruth(cluster: SimulatedCluster): ClusterTruth {
  assertArgument("clusterTruth", "cluster", cluster, OBJECT);
  const hours = hoursIn(cluster.interval);
  const hosts = cluster.hosts.map((host) => hostTruth(host, hours));
  return {
    hours,
    hosts,
    total: together(hosts, hours.length),
    by: (owner) => {
      assertArgument("clusterTruth", "owner", owner, oneOf(Object.keys(OWNER_LABELS)));
      const parts = hosts.flatMap((host) => ownerParts(host, hours, OWNER_LABELS[owner]));
      const groups = Map.groupBy(parts, ({ name }) => name);
      return new Map([...groups].map(([name, members]) => [name, together(members, hours.length)]));
    },
  };
}

const OWNER_LABELS = { project: "cloud_project_name", machine: "machine_name", user: "user" } as const;

/** What each name that a host had under a label may count as its own. */
function ownerParts(
  whole: HostTruth,
  hours: readonly number[],
  label: string,
): (CpuTruth & { readonly name: string | null })[] {
  const spans = whole.host.targets[0]?.labelSpans ?? [];
  if (spans.length === 1) return [{ ...whole, name: whole.host.labels[label] ?? null }];
  return spans.map((span) => ({
    ...hostTruth(whole.host, hours, span),
    name: span.labels[label] ?? null,
  }));
}

const ALWAYS: Interval = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** The truth of the part of each hour that lies in `during`. */
function hostTruth(host: SimulatedHost, hours: readonly number[], during: Interval = ALWAYS): HostTruth {
  const column = (): Float64Array => new Float64Array(hours.length);
  const columns = CPU_MODES.map((mode) => [mode, column()]);
  const modes = Object.fromEntries(columns) as Record<CpuMode, Float64Array>;
  const busyCpuSeconds = column();
  hours.forEach((hour, i) => {
    const micros = cpuMicrosIn(host, {
      from: Math.max(hour, during.from),
      to: Math.min(hour + HOUR_MS, during.to),
    });
    CPU_MODES.forEach((mode, m) => {
      modes[mode][i] = (micros[m] ?? 0) / 1e6;
    });
    const [, ...busy] = micros;
    busyCpuSeconds[i] = busy.reduce((sum, part) => sum + part, 0) / 1e6;
  });
  return { host, modes, busyCpuSeconds, idleCpuSeconds: modes.idle };
}

/**
 * Whole CPU-microseconds of a host in [from, to), over all its cpus, one number for each of
 * {@link CPU_MODES}. Times in which it was down count nothing.
 */
export function cpuMicrosIn(host: SimulatedHost, interval: Interval): number[] {
  const micros = CPU_MODES.map(() => 0);
  for (const { from, to } of host.incarnations) {
    const [start, end] = [Math.max(from, interval.from), Math.min(to, interval.to)];
    if (start >= end) continue;
    const before = host.cpuTime.at(start);
    host.cpuTime.at(end).forEach((after, column) => {
      const mode = column % CPU_MODES.length;
      micros[mode] = (micros[mode] ?? 0) + after - (before[column] ?? 0);
    });
  }
  return micros;
}

function together(parts: readonly CpuTruth[], length: number): CpuTruth {
  const column = (name: keyof CpuTruth): Float64Array =>
    Float64Array.from({ length }, (_, i) => sumOf(parts.map((part) => part[name][i] ?? 0)));
  return { busyCpuSeconds: column("busyCpuSeconds"), idleCpuSeconds: column("idleCpuSeconds") };
}
