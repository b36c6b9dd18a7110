import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { RowGroup, RowKnowledge } from "./clean-hours.js";
import type { PrometheusCallOptions, PrometheusClient } from "./client.js";
import type { RowEdges } from "./edges/edge-use.js";
import { type HostTable, instanceOf } from "./hosts.js";
import type { HostSelection } from "./queries.js";
import { readRawScrapes } from "./scrapes/look.js";
import { countTheSame, type LaidOutScrapes, machinesOf } from "./scrapes/machines.js";
import { type InstanceScrapes, scrapesOf } from "./scrapes/read-scrapes.js";

/** Two rows of different instances that look like one machine, and the hour in which they do. */
interface Candidate {
  readonly row: number;
  readonly other: number;
  readonly hour: number;
}

/** So near are the boot times of one machine at two addresses. Machines that are made together boot within seconds. */
const SAME_MACHINE_BOOT_MS = 1_000;
/** Counters of one machine at one time, each interpolated between its own scrapes, CPU-seconds a CPU. */
const SAME_SECONDS = 2;
/** Scrapes that are compared sample by sample. */
const COMPARED_SCRAPES = 10;

/**
 * The rows of each instance, with instances together that are one machine at two addresses: it booted at the same time
 * and each of its counters is the same. Whoever looks like that at the edges is compared by a few raw samples.
 */
export async function machineGroups(
  client: PrometheusClient,
  selection: HostSelection,
  hosts: HostTable,
  hours: readonly FinishedHour[],
  known: EdgeKnowledge,
  call: PrometheusCallOptions,
): Promise<{
  readonly groups: readonly RowGroup[];
  readonly isSameMachine: RowKnowledge["isSameMachine"];
  readonly warnings: readonly string[];
}> {
  const candidates = candidatesOf(hosts, known);
  const instanceOfRow = (row: number): string => hosts.hosts[row]?.instance ?? "";
  const looks = candidates.flatMap(({ row, other, hour }) => {
    const spacingMs = known.presences[row]?.spacingMs ?? 60_000;
    const from = (hours[hour] ?? Number.NaN) + HOUR_MS / 2;
    const samples = COMPARED_SCRAPES * 8 * (known.presences[row]?.cores ?? 8);
    return [row, other].map((one) => {
      return { instance: instanceOfRow(one), from, to: from + COMPARED_SCRAPES * spacingMs, samples };
    });
  });
  const raw = await readRawScrapes(client, selection, looks, call);
  const scrapes = (row: number): LaidOutScrapes => {
    const instance = instanceOfRow(row);
    const isOwn = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean =>
      instanceOf(labels, selection.labels) === instance;
    return scrapesOfRow(scrapesOf(raw.counters.filter(isOwn), raw.bootTimes.filter(isOwn), hosts), row);
  };
  const same = new Set<string>();
  const pairOf = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;
  const sameAs = new Map<string, string>();
  const rootOf = (instance: string): string => {
    const other = sameAs.get(instance);
    return other === undefined ? instance : rootOf(other);
  };
  for (const { row, other } of candidates) {
    if (!countTheSame(scrapes(row), scrapes(other))) continue;
    same.add(pairOf(row, other));
    const [a, b] = [rootOf(instanceOfRow(row)), rootOf(instanceOfRow(other))].sort();
    if (a !== undefined && b !== undefined && a !== b) sameAs.set(b, a);
  }
  for (const [row, other] of successors(known.presences)) {
    const [a, b] = [rootOf(instanceOfRow(row)), rootOf(instanceOfRow(other))].sort();
    if (a !== undefined && b !== undefined && a !== b) sameAs.set(b, a);
  }
  const groups = [...Map.groupBy(hosts.rowsOf.keys(), rootOf).values()].map((instances): RowGroup => {
    return { instances, rows: instances.flatMap((instance) => hosts.rowsOf.get(instance) ?? []) };
  });
  return { groups, isSameMachine: (a, b) => same.has(pairOf(a, b)), warnings: raw.warnings };
}

/**
 * Rows that end and rows that begin where those end, with the same boot time: perhaps a machine whose address changed.
 * Their raw samples are then compared in the hour in between.
 */
function successors(presences: RowKnowledge["presences"]): [row: number, successor: number][] {
  const spans = presences.map(({ scrapes, bootMin, bootMax }, row) => {
    const seen = [...scrapes.keys()].filter((hour) => (scrapes[hour] as number) > 0);
    return {
      row,
      first: seen[0] ?? 0,
      last: seen.at(-1) ?? scrapes.length,
      hours: scrapes.length,
      bootMin,
      bootMax,
    };
  });
  const begun = spans.filter(({ first }) => first > 0);
  return spans
    .filter(({ last, hours }) => last < hours - 1)
    .flatMap((ended) =>
      begun
        .filter(
          ({ first, bootMin }) =>
            first >= ended.last && Math.abs(bootMin - ended.bootMax) <= SAME_MACHINE_BOOT_MS,
        )
        .map(({ row }): [number, number] => [ended.row, row]),
    );
}

/** What is known of rows from the edges, before they are compared. */
type EdgeKnowledge = Pick<RowKnowledge, "presences" | "uses"> & {
  readonly edges: readonly (RowEdges | undefined)[];
};

/** The scrapes of one row of an instance, united from its targets. */
function scrapesOfRow({ layout, targets, impossible }: InstanceScrapes, row: number): LaidOutScrapes {
  return unitedScrapes({ layout, targets: targets.filter((target) => target.row === row), impossible });
}

/** All scrapes of an instance that is one machine; none of one that is several. */
function unitedScrapes({ layout, targets }: InstanceScrapes): LaidOutScrapes {
  const [only, ...more] = machinesOf(targets, layout);
  return { layout, scrapes: only === undefined || more.length > 0 ? [] : only.scrapes };
}

interface Standing {
  readonly row: number;
  readonly bootTime: number;
  /** Busy CPU-seconds counted until the start of an hour, and until the last edge at which anything was. */
  readonly busyAt: (hour: number) => number;
  readonly busyInAll: number;
}

/** Neighbours among rows with one boot time, by what they have counted. */
function candidatesOf({ hosts }: HostTable, { presences, uses, edges }: EdgeKnowledge): Candidate[] {
  const standing = hosts.flatMap((_, row): Standing[] => {
    const [bootTime, use, edge] = [presences[row]?.bootMax ?? Number.NaN, uses[row], edges[row]];
    if (use === undefined || edge === undefined) return [];
    const busyInAll = edge.before.busy.findLast((busy) => !Number.isNaN(busy)) ?? 0;
    return [{ row, bootTime, busyAt: (hour) => edge.before.busy[hour] as number, busyInAll }];
  });
  const candidates: Candidate[] = [];
  for (const [i, { row }] of standing.entries()) {
    // Rows of one instance are compared whatever their boot times say, or do not say.
    for (const other of standing.slice(i + 1)) {
      if (hosts[row]?.instance !== hosts[other.row]?.instance) continue;
      const hour = sameHour(standing[i] as Standing, other, presences, uses);
      if (hour !== undefined) candidates.push({ row, other: other.row, hour });
    }
  }
  for (const booted of runsOfOneBoot(standing)) {
    booted.forEach((one, i) => {
      for (const other of booted.slice(i + 1, i + 1 + MOST_NEIGHBOURS)) {
        if (hosts[one.row]?.instance === hosts[other.row]?.instance) continue;
        const hour = sameHour(one, other, presences, uses);
        if (hour !== undefined) candidates.push({ row: one.row, other: other.row, hour });
      }
    });
  }
  return candidates;
}

/** Machines that boot in the same second are few, but for a cloud that starts anew. */
const MOST_NEIGHBOURS = 8;

function runsOfOneBoot(standing: readonly Standing[]): Standing[][] {
  const sorted = standing.filter(({ bootTime }) => !Number.isNaN(bootTime));
  sorted.sort((a, b) => a.bootTime - b.bootTime);
  const runs: Standing[][] = [];
  for (const one of sorted) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && one.bootTime - last.bootTime <= SAME_MACHINE_BOOT_MS) runs.at(-1)?.push(one);
    else runs.push([one]);
  }
  const several = runs.filter(({ length }) => length > 1);
  for (const run of several) run.sort((a, b) => a.busyInAll - b.busyInAll);
  return several;
}

/** An hour in which both tell the same; `undefined` where there is none. */
function sameHour(
  one: Standing,
  other: Standing,
  presences: RowKnowledge["presences"],
  uses: RowKnowledge["uses"],
): number | undefined {
  const [a, b] = [uses[one.row], uses[other.row]];
  const [x, y] = [presences[one.row], presences[other.row]];
  if (a === undefined || b === undefined || x === undefined || y === undefined) return undefined;
  const apart = ((x.spacingMs + y.spacingMs) / 1000 + SAME_SECONDS) * x.cores;
  const hour = a.total.findIndex((total, i) => !Number.isNaN(total) && !Number.isNaN(b.total[i] as number));
  if (hour < 0) return undefined;
  const isSame =
    Math.abs((a.busy[hour] as number) - (b.busy[hour] as number)) <= SAME_SECONDS * x.cores &&
    Math.abs((a.total[hour] as number) - (b.total[hour] as number)) <= SAME_SECONDS * x.cores &&
    Math.abs(one.busyAt(hour) - other.busyAt(hour)) <= apart;
  return isSame ? hour : undefined;
}

/** A machine that was measured by its raw samples, and the scrapes that are compared. */
export interface ComparedMachine {
  readonly instances: readonly string[];
  readonly bootTime: number;
  readonly own: LaidOutScrapes;
}

/**
 * Which of some machines are another host of the chunk at a second address, by the index of the machine: the row of
 * that other host. Only few are measured by raw samples, and fewer booted in the same second as another one.
 */
export async function twinsOfMachines(
  client: PrometheusClient,
  selection: HostSelection,
  hosts: HostTable,
  presences: RowKnowledge["presences"],
  machines: readonly ComparedMachine[],
  call: PrometheusCallOptions,
): Promise<{ readonly twins: ReadonlyMap<number, number>; readonly warnings: readonly string[] }> {
  const pairs = machines.flatMap(({ instances, bootTime, own }, machine) => {
    const middle = own.scrapes[own.scrapes.length >> 1]?.time;
    const rows = hosts.hosts.flatMap(({ instance }, row) => {
      const isNear = Math.abs((presences[row]?.bootMax ?? Number.NaN) - bootTime) <= SAME_MACHINE_BOOT_MS;
      return isNear && !instances.includes(instance) ? [row] : [];
    });
    if (middle === undefined || rows.length > MOST_NEIGHBOURS) return [];
    return rows.map((row) => ({ machine, row, middle }));
  });
  const looks = pairs.map(({ row, middle }) => {
    const lengthMs = COMPARED_SCRAPES * (presences[row]?.spacingMs || 60_000);
    const samples = COMPARED_SCRAPES * 8 * (presences[row]?.cores || 8);
    return {
      instance: hosts.hosts[row]?.instance ?? "",
      from: middle - lengthMs / 2,
      to: middle + lengthMs / 2,
      samples,
    };
  });
  const raw = await readRawScrapes(client, selection, looks, call);
  const twins = new Map<number, number>();
  for (const { machine, row } of pairs) {
    const instance = hosts.hosts[row]?.instance;
    const isOwn = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean =>
      instanceOf(labels, selection.labels) === instance;
    const other = unitedScrapes(scrapesOf(raw.counters.filter(isOwn), raw.bootTimes.filter(isOwn), hosts));
    const own = machines[machine]?.own;
    if (own === undefined || twins.has(machine) || !countTheSame(own, other)) continue;
    // Of two that are both measured so, the first by name is counted.
    const isMeasuredToo = machines.some(({ instances }) => instances.includes(instance ?? ""));
    const isFirst = (machines[machine]?.instances[0] ?? "") < (instance ?? "");
    if (!isMeasuredToo || !isFirst) twins.set(machine, row);
  }
  return { twins, warnings: raw.warnings };
}
