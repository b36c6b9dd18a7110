import type { CpuHours } from "../usage/cpu.js";
import { HOUR_MS } from "../usage/hour.js";
import { CPU_TIME_ERROR } from "../usage/physical.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { numberAt } from "../usage/series.js";
import type { SumColumn } from "./host-columns.js";
import type { HostHours } from "./host-hours.js";
import { eachSharedColumn, SHARED_COLUMNS, shareOf, timeShare } from "./shares.js";

/**
 * What is known of each instance in each hour, for its rows of kind `host`. An instance whose labels changed
 * within the hour has the owners of all its sets of labels, with what each of them used; the labels kept are
 * those under which most was used. Equal knowledge is one shared object.
 */
export function hostProvenances(
  hosts: HostHours,
): (instance: string) => (t: number) => HostProvenance | undefined {
  const { cpu, attribution } = hosts;
  const rowsOf = Map.groupBy(cpu.hosts.keys(), (row) => cpu.hosts[row]?.instance ?? "");
  return (instance) => {
    const rows = rowsOf.get(instance) ?? [];
    let last: HostProvenance | undefined;
    return (t) => {
      const present = rows.filter((row) => weight(cpu, row, t) > 0);
      const main = present.reduce<number | undefined>(
        (best, row) => (best === undefined || weight(cpu, row, t) > weight(cpu, best, t) ? row : best),
        undefined,
      );
      const host = cpu.hosts[main ?? -1];
      if (main === undefined || host === undefined) return undefined;
      const owners = present.length === 1 ? attribution.ownersOf(main, t) : together(hosts, present, t);
      const expectedCpuSeconds = wholeCpuSeconds(
        present.reduce((sum, row) => sum + numberAt(cpu.expectedCpuSeconds, row * cpu.hours.length + t), 0),
      );
      const up = partlyUp(cpu, present, t);
      const by = attribution.by(main, t);
      const notes = present.flatMap((row) => cpu.notes?.get(row * cpu.hours.length + t) ?? []);
      const { project, machine, user } = host;
      const provenance: HostProvenance = {
        ...{ project, machine, user, expectedCpuSeconds, up },
        ...(notes.length === 0 ? {} : { notes: [...new Set(notes)] }),
        by,
        owners,
      };
      if (last === undefined || !saysTheSame(last, provenance)) last = provenance;
      return last;
    };
  };
}

/** Of one host: most of its hours are whole, and have the same owners. */
function saysTheSame(a: HostProvenance, b: HostProvenance): boolean {
  return (
    a.owners === b.owners &&
    a.by === b.by &&
    a.expectedCpuSeconds === b.expectedCpuSeconds &&
    [a, b].every(({ up, notes }) => up === null && notes === undefined)
  );
}

/** Whole CPUs for a whole hour are said as such, so that hours of a host are equal: kernels count a little off. */
function wholeCpuSeconds(seconds: number): number {
  const cpus = Math.round(seconds / 3600);
  return Math.abs(seconds - cpus * 3600) <= CPU_TIME_ERROR * cpus * 3600 ? cpus * 3600 : seconds;
}

/** When it was up under any of its sets of labels, if that is known and not the whole hour. */
function partlyUp(cpu: CpuHours, rows: readonly number[], t: number): HostProvenance["up"] {
  const hour = cpu.hours[t] ?? Number.NaN;
  const from = Math.min(...rows.map((row) => numberAt(cpu.upFrom, row * cpu.hours.length + t)));
  const to = Math.max(...rows.map((row) => numberAt(cpu.upTo, row * cpu.hours.length + t)));
  const isKnown = !Number.isNaN(from) && !Number.isNaN(to);
  return isKnown && !(from <= hour && to >= hour + HOUR_MS) ? { from, to } : null;
}

function weight(cpu: CpuHours, row: number, t: number): number {
  const cell = row * cpu.hours.length + t;
  const spread = cpu.spreadCpuSeconds?.[cell] ?? 0;
  return (numberAt(cpu.observedCpuSeconds, cell) || 0) + spread + numberAt(cpu.expectedCpuSeconds, cell);
}

/** The owners of several sets of labels of one instance: each set has the part of every column that was its own. */
function together(hosts: HostHours, rows: readonly number[], t: number): OwnerShare[] {
  const uses = rows.map((row) => columnsOf(hosts, row, t));
  const total = (name: SumColumn): number => uses.reduce((sum, use) => sum + use[name], 0);
  const whole = { busyCpuSeconds: total("busyCpuSeconds"), idleCpuSeconds: total("idleCpuSeconds") };
  const part = (use: Use, name: SumColumn, otherwise: number): number =>
    total(name) > 0 ? use[name] / total(name) : otherwise;
  return rows.flatMap((row, k) => {
    const use = uses[k];
    if (use === undefined) return [];
    const busy = part(use, "busyCpuSeconds", 1 / rows.length);
    const idle = part(use, "idleCpuSeconds", 1 / rows.length);
    const time = timeShare(whole, busy, idle);
    const ofSet = { busyKwh: busy, idleKwh: idle, busyGco2eq: busy, idleGco2eq: idle };
    const plain = { ...ofSet, expected: time, observed: time, spread: time };
    const columnShares = eachSharedColumn((name) => part(use, name, plain[name]));
    const isPlain = SHARED_COLUMNS.every((name) => Math.abs(columnShares[name] - plain[name]) < ROUNDING);
    return hosts.attribution.ownersOf(row, t).map((owner): OwnerShare => {
      const shares = { ...owner, busyShare: owner.busyShare * busy, idleShare: owner.idleShare * idle };
      if (isPlain && owner.columnShares === undefined) return shares;
      return {
        ...shares,
        columnShares: eachSharedColumn((name) => shareOf(owner, name, use) * columnShares[name]),
      };
    });
  });
}

/** Less than this is rounding. */
const ROUNDING = 1e-12;

type Use = Readonly<Record<SumColumn, number>>;

/** The numbers of one set of labels in an hour; grams by energy where they were not counted. */
function columnsOf({ cpu, useOf, gridOf }: HostHours, row: number, t: number): Use {
  const cell = row * cpu.hours.length + t;
  const used = {
    busyCpuSeconds: numberAt(cpu.busyCpuSeconds, cell) || 0,
    idleCpuSeconds: numberAt(cpu.idleCpuSeconds, cell) || 0,
  };
  const expected = numberAt(cpu.expectedCpuSeconds, cell);
  const observed = Math.min(numberAt(cpu.observedCpuSeconds, cell) || 0, expected);
  const { busyKwh, idleKwh, busyGco2eq, idleGco2eq } = useOf(row, t, used);
  const gco2eqPerKwh = gridOf === undefined ? 1 : numberAt(gridOf(row).gco2eqPerKwh, t) || 1;
  return {
    ...used,
    busyKwh,
    idleKwh,
    busyGco2eq: knownOr(busyGco2eq, busyKwh * gco2eqPerKwh),
    idleGco2eq: knownOr(idleGco2eq, idleKwh * gco2eqPerKwh),
    expected,
    observed,
    spread: Math.min(cpu.spreadCpuSeconds?.[cell] ?? 0, expected),
  };
}

function knownOr(value: number | undefined, otherwise: number): number {
  return value === undefined || Number.isNaN(value) ? otherwise : value;
}
