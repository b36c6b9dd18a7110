import type { Attribution } from "../attribution/attribution.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { CpuHours, Host } from "../usage/cpu.js";
import type { FinishedHour } from "../usage/hour.js";
import type { HostProvenance, OwnerShare } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { at, type UsageSeries } from "../usage/series.js";
import { spanOf } from "./batch.js";
import type { KnownEnergy } from "./host-hours.js";

/** Stored rows of kind `host`, as if they had just been fetched, with the owners and the energy they were given. */
export interface StoredHosts {
  readonly cpu: CpuHours;
  readonly attribution: Attribution;
  readonly energy: KnownEnergy;
}

/** One set of labels of an instance in one hour. */
interface Part {
  readonly series: UsageSeries;
  readonly i: number;
  readonly known: HostProvenance;
  readonly owners: readonly OwnerShare[];
  readonly busyShare: number;
  readonly idleShare: number;
}

/** Reads all hosts' rows in these hours. */
export async function readStoredHosts(
  store: UsageStore,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<StoredHosts> {
  const indexOf = new Map(hours.map((hour, t) => [hour, t]));
  const scopes = await store.scopes("host", { signal });
  const rows = new Map<string, { host: Host; parts: (Part | undefined)[] }>();
  for (const scope of scopes) {
    const series = await store.read(scope, spanOf(hours), { signal });
    series.hours.forEach((hour, i) => {
      const known = series.provenance[i]?.host;
      const t = indexOf.get(hour);
      if (known === undefined || t === undefined) return;
      for (const part of partsOf(series, i, known)) {
        const key = JSON.stringify(part.host);
        const row = rows.get(key) ?? { host: part.host, parts: hours.map(() => undefined) };
        row.parts[t] = part;
        rows.set(key, row);
      }
    });
  }
  return columnsOf([...rows.values()], hours);
}

/** An hour in which an instance had several sets of labels comes apart into them again. */
function partsOf(series: UsageSeries, i: number, known: HostProvenance): (Part & { host: Host })[] {
  const sets = Map.groupBy(known.owners, ({ project, machine, user }) =>
    JSON.stringify([project, machine, known.by === "labels" ? user : known.user]),
  );
  return [...sets.values()].map((owners) => {
    const [busyShare, idleShare] = [sum(owners, "busyShare"), sum(owners, "idleShare")];
    const { project = known.project, machine = UNATTRIBUTED, user = UNATTRIBUTED } = owners[0] ?? {};
    const host: Host = {
      instance: series.scope.name,
      project,
      machine: orNull(machine),
      user: known.by === "labels" ? orNull(user) : known.user,
    };
    return { host, series, i, known, owners, busyShare, idleShare };
  });
}

function columnsOf(
  rows: readonly { host: Host; parts: readonly (Part | undefined)[] }[],
  hours: readonly FinishedHour[],
): StoredHosts {
  const count = hours.length;
  const column = (of: (part: Part) => number, otherwise: number): Float64Array => {
    const values = new Float64Array(rows.length * count).fill(otherwise);
    rows.forEach(({ parts }, row) => {
      parts.forEach((part, t) => {
        if (part !== undefined) values[row * count + t] = of(part);
      });
    });
    return values;
  };
  const partAt = (row: number, t: number): Part | undefined => rows[row]?.parts[t];
  // Owners stay the same objects where they can: provenance is kept in runs.
  const known = new Map<Part, readonly OwnerShare[]>();
  const normalised = (part: Part | undefined): readonly OwnerShare[] => {
    if (part === undefined) return [];
    if (part.owners.length === part.known.owners.length) return part.known.owners;
    const owners = known.get(part) ?? normalisedOwners(part);
    known.set(part, owners);
    return owners;
  };
  const timeShare = (part: Part): number => (part.busyShare + part.idleShare) / 2;
  const expected = (part: Part): number => part.known.expectedCpuSeconds * timeShare(part);
  const cpu: CpuHours = {
    hours,
    hosts: rows.map(({ host }) => host),
    busyCpuSeconds: column((part) => at(part.series.busyCpuSeconds, part.i) * part.busyShare, Number.NaN),
    idleCpuSeconds: column((part) => at(part.series.idleCpuSeconds, part.i) * part.idleShare, Number.NaN),
    observedCpuSeconds: column((part) => observedOf(part) * timeShare(part), Number.NaN),
    spreadCpuSeconds: column((part) => (part.series.provenance[part.i]?.spread ?? 0) * expected(part), 0),
    expectedCpuSeconds: column(expected, 0),
    unsettled: Uint8Array.from(
      column((part) => Number(part.series.provenance[part.i]?.unsettled === true), 0),
    ),
    upFrom: column((part) => part.known.up?.from ?? Number.NaN, Number.NaN),
    upTo: column((part) => part.known.up?.to ?? Number.NaN, Number.NaN),
    answered: hours.map(() => true),
    warnings: [],
    findings: [],
  };
  return {
    cpu,
    attribution: {
      by: (row, t) => partAt(row, t)?.known.by ?? "labels",
      ownersOf: (row, t) => normalised(partAt(row, t)),
    },
    energy: (row, t) => {
      const part = partAt(row, t);
      if (part === undefined || Number.isNaN(at(part.series.busyKwh, part.i))) return undefined;
      return {
        busyKwh: at(part.series.busyKwh, part.i) * part.busyShare,
        idleKwh: at(part.series.idleKwh, part.i) * part.idleShare,
      };
    },
  };
}

/** What was observed of what was expected; all of it where nothing was. */
function observedOf({ series, i, known }: Part): number {
  if (Number.isNaN(at(series.busyCpuSeconds, i))) return Number.NaN;
  const covered = at(series.coverage, i) * known.expectedCpuSeconds;
  const isSpread = (series.provenance[i]?.spread ?? 0) > 0;
  return covered > 0 || isSpread ? covered : at(series.busyCpuSeconds, i) + at(series.idleCpuSeconds, i);
}

/** The owners of one set of labels, with shares that sum to 1. */
function normalisedOwners(part: Part): readonly OwnerShare[] {
  const share = (value: number, whole: number): number =>
    whole > 0 ? value / whole : 1 / part.owners.length;
  return part.owners.map((owner) => ({
    ...owner,
    busyShare: share(owner.busyShare, part.busyShare),
    idleShare: share(owner.idleShare, part.idleShare),
  }));
}

function sum(owners: readonly OwnerShare[], name: "busyShare" | "idleShare"): number {
  return owners.reduce((total, owner) => total + owner[name], 0);
}

function orNull(name: string): string | null {
  return name === UNATTRIBUTED ? null : name;
}
