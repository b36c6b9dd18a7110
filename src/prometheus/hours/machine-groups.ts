import { type FinishedHour, HOUR_MS } from "../../usage/hour.js";
import type { HostServer } from "../client/host-server.js";
import type { HostTable } from "../client/hosts.js";
import { countTheSame, type LaidOutScrapes } from "../scrapes/machines.js";
import { readRawScrapes } from "../scrapes/raw-scrapes.js";
import type { ChunkEdges } from "./chunk-edges.js";
import type { RowGroup } from "./clean-hours.js";
import { candidatesOf, successors } from "./twin-candidates.js";
import { comparisonOf, unitedScrapes } from "./twins.js";

/** The rows of a chunk by machine, as far as that is known. */
export interface MachineGroups {
  readonly groups: readonly RowGroup[];
  /** Whether two rows that are there at the same time turned out to be one machine. */
  readonly isSameMachine: (row: number, other: number) => boolean;
}

/**
 * The rows of each instance, with instances together that are one machine at two addresses: it booted at the same time
 * and each of its counters is the same. Whoever ranges like that at the edges is compared by a few raw samples.
 */
export async function machineGroups(
  server: HostServer,
  hours: readonly FinishedHour[],
  known: ChunkEdges,
): Promise<MachineGroups & { readonly warnings: readonly string[] }> {
  const { hosts, presences } = known;
  const candidates = candidatesOf(known);
  const instanceOfRow = (row: number): string => hosts.hosts[row]?.instance ?? "";
  const ranges = candidates.flatMap(({ row, other, hour }) => {
    const { lengthMs, samples } = comparisonOf(presences[row], presences[other]);
    const start = hours[hour] ?? Number.NaN;
    // Both were scraped around either end of the hour: amid it one may not have been.
    return [start, start + HOUR_MS].flatMap((edge) =>
      [row, other].map((compared) => ({
        instance: instanceOfRow(compared),
        from: edge - lengthMs / 4,
        to: edge + lengthMs / 4,
        samples: samples / 2,
      })),
    );
  });
  const { scrapesOf, warnings } = await readRawScrapes(server, ranges, hosts);
  const scrapesOfRow = (row: number): LaidOutScrapes => {
    const { layout, targets } = scrapesOf([instanceOfRow(row)]);
    return unitedScrapes({ layout, targets: targets.filter((target) => target.row === row) });
  };

  const machines = new SameInstances();
  const sameRows = new Set<string>();
  for (const { row, other } of candidates) {
    if (!countTheSame(scrapesOfRow(row), scrapesOfRow(other))) continue;
    sameRows.add(pairOf(row, other));
    machines.join(instanceOfRow(row), instanceOfRow(other));
  }
  for (const [row, successor] of successors(known))
    machines.join(instanceOfRow(row), instanceOfRow(successor));
  const instancesOf = Map.groupBy(hosts.rowsOf.keys(), (instance) => machines.firstOf(instance));
  return {
    groups: [...instancesOf.values()].map((instances) => {
      return { instances, rows: instances.flatMap((instance) => hosts.rowsOf.get(instance) ?? []) };
    }),
    isSameMachine: (row, other) => sameRows.has(pairOf(row, other)),
    warnings,
  };
}

/** The same groups, with those together that have two instances of which raw samples showed that they are one machine. */
export function joinedGroups(
  { groups, isSameMachine }: MachineGroups,
  twins: readonly (readonly [instance: string, other: string])[],
  { hosts }: HostTable,
): MachineGroups {
  const machines = new SameInstances();
  for (const { instances } of groups)
    for (const instance of instances) machines.join(instances[0] ?? "", instance);
  for (const [instance, other] of twins) machines.join(instance, other);
  const joined = Map.groupBy(groups, ({ instances }) => machines.firstOf(instances[0] ?? ""));
  const instanceOf = (row: number): string => hosts[row]?.instance ?? "";
  const areTwins = (one: string, other: string): boolean =>
    one !== other && machines.firstOf(one) === machines.firstOf(other);
  return {
    groups: [...joined.values()].map((own) => ({
      instances: own.flatMap(({ instances }) => instances),
      rows: own.flatMap(({ rows }) => rows),
    })),
    isSameMachine: (row, other) => isSameMachine(row, other) || areTwins(instanceOf(row), instanceOf(other)),
  };
}

function pairOf(row: number, other: number): string {
  return `${Math.min(row, other)} ${Math.max(row, other)}`;
}

/** Instances that are one machine. */
class SameInstances {
  /** Of each instance that is another one's machine, one that comes before it by name. */
  readonly #earlier = new Map<string, string>();

  /** The first by name of those that are one machine with an instance. */
  firstOf(instance: string): string {
    const earlier = this.#earlier.get(instance);
    return earlier === undefined ? instance : this.firstOf(earlier);
  }

  join(instance: string, other: string): void {
    const [a, b] = [this.firstOf(instance), this.firstOf(other)];
    if (a !== b) this.#earlier.set(a < b ? b : a, a < b ? a : b);
  }
}
