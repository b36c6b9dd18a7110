import type { CpuHours, Host } from "../usage/cpu.js";
import type { FinishedHour } from "../usage/hour.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { cpuSecondsAt, numberAt, type Quantity, type UsageSeries } from "../usage/series.js";
import type { SumColumn } from "./host-columns.js";
import { type HostHours, type HostUse, NO_USE } from "./host-hours.js";
import { eachSharedColumn, type Shares, shareOf, sharesTogether } from "./shares.js";

/** One set of labels of an instance in one hour, with its share of the instance's row. */
interface LabelledHour {
  readonly host: Host;
  readonly series: UsageSeries;
  /** Row of `series`. */
  readonly i: number;
  readonly known: HostProvenance;
  readonly owners: readonly OwnerShare[];
  /** The parts of these labels. */
  readonly shares: Shares;
}

/** What stored rows say of host-hours: whose they were, and what they used. */
export type StoredHosts = Pick<HostHours, "cpu" | "attribution" | "useOf">;

/**
 * Stored rows of kind `host` as if they had just been fetched, with the owners, the energy and the carbon that they
 * have. An hour in which an instance had several sets of labels comes apart into them again.
 */
export function storedHosts(hosts: readonly UsageSeries[], hours: readonly FinishedHour[]): StoredHosts {
  const indexOf = new Map(hours.map((hour, t) => [hour, t]));
  const rows = new Map<string, (LabelledHour | undefined)[]>();
  const rowOf = ({ host }: LabelledHour): (LabelledHour | undefined)[] => {
    return remembered(rows, JSON.stringify(host), () => hours.map(() => undefined));
  };
  for (const series of hosts) {
    let last: LabelledHour | undefined;
    let row: (LabelledHour | undefined)[] = [];
    series.hours.forEach((hour, i) => {
      const t = indexOf.get(hour);
      if (t === undefined) return;
      for (const labelled of labelledHours(series, i)) {
        // Neighbouring hours mostly share their provenance, and with it their labels.
        if (labelled.known !== last?.known || labelled.owners !== last.owners) row = rowOf(labelled);
        row[t] = labelled;
        last = labelled;
      }
    });
  }
  return columnsOfHosts([...rows.values()], hours);
}

/** The sets of labels that an instance had in the hour of row `i`; none if the row does not say whose it was. */
function labelledHours(series: UsageSeries, i: number): LabelledHour[] {
  const known = series.provenance[i]?.host;
  if (known === undefined) return [];
  return ownersByLabels(known).map((owners) => {
    const { project = known.project, machine = UNATTRIBUTED, user = UNATTRIBUTED } = owners[0] ?? {};
    const host: Host = {
      instance: series.scope.name,
      project,
      machine: orNull(machine),
      user: known.by === "labels" ? orNull(user) : known.user,
    };
    const isAll = owners.length === known.owners.length;
    const shares = isAll ? ALL : sharesTogether(owners, cpuSecondsAt(series, i));
    return { host, series, i, known, owners, shares };
  });
}

const ALL: Shares = { busyShare: 1, idleShare: 1 };

/** Most hosts have one owner, and so one set of labels. */
function ownersByLabels({ owners, by, user: labelled }: HostProvenance): (readonly OwnerShare[])[] {
  if (owners.length === 1) return [owners];
  const sets = Map.groupBy(owners, ({ project, machine, user }) =>
    JSON.stringify([project, machine, by === "labels" ? user : labelled]),
  );
  return [...sets.values()];
}

function columnsOfHosts(
  rows: readonly (readonly (LabelledHour | undefined)[])[],
  hours: readonly FinishedHour[],
): StoredHosts {
  const count = hours.length;
  const cells = rows.flat();
  const column = (of: (labelled: LabelledHour) => number, otherwise: number): Float64Array => {
    const values = new Float64Array(cells.length).fill(otherwise);
    cells.forEach((labelled, cell) => {
      if (labelled !== undefined) values[cell] = of(labelled);
    });
    return values;
  };
  const cellOf = (row: number, t: number): LabelledHour | undefined => cells[row * count + t];
  // Owners stay the same objects where they can: provenance is kept in runs.
  const ownersOf = new Map(cells.map((labelled) => [labelled, labelled ? wholeShares(labelled) : []]));
  const cpu: CpuHours = {
    hours,
    hosts: rows.flatMap((row) => row.find((labelled) => labelled !== undefined)?.host ?? []),
    busyCpuSeconds: column((labelled) => numberOf(labelled, "busyCpuSeconds"), Number.NaN),
    idleCpuSeconds: column((labelled) => numberOf(labelled, "idleCpuSeconds"), Number.NaN),
    observedCpuSeconds: column((labelled) => observedOf(labelled) * partOf(labelled, "observed"), Number.NaN),
    spreadCpuSeconds: column(
      (labelled) => spreadOf(labelled) * labelled.known.expectedCpuSeconds * partOf(labelled, "spread"),
      0,
    ),
    expectedCpuSeconds: column(
      (labelled) => labelled.known.expectedCpuSeconds * partOf(labelled, "expected"),
      0,
    ),
    notes: notesOf(cells),
    unsettled: Uint8Array.from(
      column(({ series, i }) => Number(series.provenance[i]?.unsettled === true), 0),
    ),
    upFrom: column(({ known }) => known.up?.from ?? Number.NaN, Number.NaN),
    upTo: column(({ known }) => known.up?.to ?? Number.NaN, Number.NaN),
    answered: hours.map(() => true),
    warnings: [],
    findings: [],
  };
  return {
    cpu,
    attribution: {
      by: (row, t) => cellOf(row, t)?.known.by ?? "labels",
      ownersOf: (row, t) => ownersOf.get(cellOf(row, t)) ?? [],
    },
    useOf: (row, t) => useOf(cellOf(row, t)),
  };
}

/** Energy and carbon as they are stored. */
function useOf(labelled: LabelledHour | undefined): HostUse {
  if (labelled === undefined || Number.isNaN(numberAt(labelled.series.busyKwh, labelled.i))) return NO_USE;
  return {
    busyKwh: numberOf(labelled, "busyKwh"),
    idleKwh: numberOf(labelled, "idleKwh"),
    busyGco2eq: numberOf(labelled, "busyGco2eq"),
    idleGco2eq: numberOf(labelled, "idleGco2eq"),
  };
}

/** The part of these labels in a number of the row. */
function numberOf(labelled: LabelledHour, name: Quantity): number {
  return numberAt(labelled.series[name], labelled.i) * partOf(labelled, name);
}

function partOf({ shares, series, i }: LabelledHour, name: SumColumn): number {
  return shareOf(shares, name, cpuSecondsAt(series, i));
}

function spreadOf({ series, i }: LabelledHour): number {
  return series.provenance[i]?.spread ?? 0;
}

/** What was observed of what was expected; all of it where nothing was. */
function observedOf(labelled: LabelledHour): number {
  const { series, i, known } = labelled;
  if (Number.isNaN(numberAt(series.busyCpuSeconds, i))) return Number.NaN;
  const covered = numberAt(series.coverage, i) * known.expectedCpuSeconds;
  return covered > 0 || spreadOf(labelled) > 0
    ? covered
    : numberAt(series.busyCpuSeconds, i) + numberAt(series.idleCpuSeconds, i);
}

/** What is known of cells beside numbers, kept as it was. */
function notesOf(cells: readonly (LabelledHour | undefined)[]): ReadonlyMap<number, readonly string[]> {
  const notes = new Map<number, readonly string[]>();
  cells.forEach((labelled, cell) => {
    if (labelled?.known.notes !== undefined) notes.set(cell, labelled.known.notes);
  });
  return notes;
}

/** The owners of one set of labels, with shares that sum to 1. */
function wholeShares({ known, owners, shares }: LabelledHour): readonly OwnerShare[] {
  if (owners.length === known.owners.length) return known.owners;
  const part = (share: number, whole: number): number => (whole > 0 ? share / whole : 1 / owners.length);
  return owners.map(({ columnShares, ...owner }): OwnerShare => {
    const whole = {
      ...owner,
      busyShare: part(owner.busyShare, shares.busyShare),
      idleShare: part(owner.idleShare, shares.idleShare),
    };
    if (columnShares === undefined || owners.length === 1) return whole;
    return {
      ...whole,
      columnShares: eachSharedColumn((name) => part(columnShares[name], shares.columnShares?.[name] ?? 0)),
    };
  });
}

function orNull(name: string): string | null {
  return name === UNATTRIBUTED ? null : name;
}
