import type { Attribution } from "../attribution/attribution.js";
import type { CpuHours } from "../usage/cpu.js";
import { HOUR_MS } from "../usage/hour.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { at } from "../usage/series.js";

/**
 * What is known of each instance in each hour, for its rows of kind `host`. An instance whose labels changed
 * within the hour has the owners of all its sets of labels, by what each of them used; the labels kept are
 * those under which most was used. Equal knowledge is one shared object.
 */
export function hostProvenances(
  cpu: CpuHours,
  attribution: Attribution,
): (instance: string) => (t: number) => HostProvenance | undefined {
  const rowsOf = Map.groupBy(cpu.hosts.keys(), (row) => cpu.hosts[row]?.instance ?? "");
  return (instance) => {
    const rows = rowsOf.get(instance) ?? [];
    let last: { owners: readonly OwnerShare[]; provenance: HostProvenance } | undefined;
    return (t) => {
      const present = rows.filter((row) => weight(cpu, row, t) > 0);
      const main = present.reduce<number | undefined>(
        (best, row) => (best === undefined || weight(cpu, row, t) > weight(cpu, best, t) ? row : best),
        undefined,
      );
      const host = cpu.hosts[main ?? -1];
      if (main === undefined || host === undefined) return undefined;
      const owners =
        present.length === 1 ? attribution.ownersOf(main, t) : together(cpu, present, t, attribution);
      const expectedCpuSeconds = wholeCpuSeconds(
        present.reduce((sum, row) => sum + at(cpu.expectedCpuSeconds, row * cpu.hours.length + t), 0),
      );
      const up = partlyUp(cpu, main, t);
      const by = attribution.by(main, t);
      const notes = present.flatMap((row) => cpu.notes?.get(row * cpu.hours.length + t) ?? []);
      const before = last?.provenance;
      if (
        up === null &&
        notes.length === 0 &&
        before?.notes === undefined &&
        before?.up === null &&
        last?.owners === owners &&
        before.by === by &&
        before.expectedCpuSeconds === expectedCpuSeconds
      ) {
        return before;
      }
      const { project, machine, user } = host;
      const known = { project, machine, user, expectedCpuSeconds, up };
      const provenance = {
        ...known,
        ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }),
        by,
        owners,
      };
      last = { owners, provenance };
      return provenance;
    };
  };
}

/** What kernels lose or invent of the time. */
const KERNEL_ERROR = 0.02;

/** Whole CPUs for a whole hour are said as such, so that hours of a host are equal: kernels count a little off. */
function wholeCpuSeconds(seconds: number): number {
  const cpus = Math.round(seconds / 3600);
  return Math.abs(seconds - cpus * 3600) <= KERNEL_ERROR * cpus * 3600 ? cpus * 3600 : seconds;
}

/** When it was up, if that is known and not the whole hour. */
function partlyUp(cpu: CpuHours, row: number, t: number): HostProvenance["up"] {
  const cell = row * cpu.hours.length + t;
  const [from, to, hour] = [at(cpu.upFrom, cell), at(cpu.upTo, cell), cpu.hours[t] ?? Number.NaN];
  return Number.isNaN(from) || Number.isNaN(to) || (from <= hour && to >= hour + HOUR_MS)
    ? null
    : { from, to };
}

function weight(cpu: CpuHours, row: number, t: number): number {
  const cell = row * cpu.hours.length + t;
  const spread = cpu.spreadCpuSeconds?.[cell] ?? 0;
  return (at(cpu.observedCpuSeconds, cell) || 0) + spread + at(cpu.expectedCpuSeconds, cell);
}

/** The owners of several sets of labels of one instance, each by its part of what was used. */
function together(cpu: CpuHours, rows: readonly number[], t: number, attribution: Attribution): OwnerShare[] {
  const part = (column: Float64Array): ((row: number) => number) => {
    const of = (row: number): number => at(column, row * cpu.hours.length + t) || 0;
    const total = rows.reduce((sum, row) => sum + of(row), 0);
    return (row) => (total > 0 ? of(row) / total : 1 / rows.length);
  };
  const [busy, idle] = [part(cpu.busyCpuSeconds), part(cpu.idleCpuSeconds)];
  return rows.flatMap((row) =>
    attribution.ownersOf(row, t).map((owner) => ({
      ...owner,
      busyShare: owner.busyShare * busy(row),
      idleShare: owner.idleShare * idle(row),
    })),
  );
}
