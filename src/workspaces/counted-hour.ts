import { basisOfStored, splitBases } from "../intensity/basis-of-source.js";
import { leastCertain } from "../intensity/joined-intensity.js";
import type { StoredHosts } from "../rows/stored-hosts.js";
import type { SessionHour, SessionIntensity, WorkspaceSession } from "../stores/workspace-store.js";
import type { Host } from "../usage/cpu.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { namesTogether } from "../usage/names-together.js";
import { type IntensityProvenance, type OwnerShare, TRACKED } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { numberAt } from "../usage/series.js";
import { sumOf } from "../usage/sum.js";

/** What one host did in one hour under one set of labels, and whose it was. */
export interface CountedHour {
  readonly host: Host;
  readonly by: string;
  readonly owners: readonly OwnerShare[];
  /** CPU-seconds and kWh; NaN where nothing was got. */
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams; NaN where the intensity was not known all the time. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  readonly observedCpuSeconds: number;
  readonly expectedCpuSeconds: number;
  /** When it was up, if not the whole hour. */
  readonly up: Interval | null;
  readonly notes: readonly string[];
  /** `id` of the power model as the row has it; `null` where there is no energy. */
  readonly model: string | null;
  readonly intensity: IntensityProvenance | null;
}

/** A session, and what it used in the hour that is looked at. */
export interface SessionUse {
  readonly session: WorkspaceSession;
  readonly hour: SessionHour;
}

/**
 * What the sessions used in an hour, by host and owner. `by` says how the owners were found. Grams are left out that count
 * something else than `basis`, such as those from before the tracker was given another grid.
 */
export function countedHours(
  uses: readonly SessionUse[],
  by: string,
  basis: string | undefined,
): CountedHour[] {
  return [...Map.groupBy(uses, ({ session }) => session.instance)].flatMap(([address, ofAddress]) => {
    const byProject = Map.groupBy(ofAddress, ({ session }) => session.project);
    const isShared = wereThereAtOnce([...byProject.values()]);
    const owners = Map.groupBy(ofAddress, ({ session: { project, machine, user, group } }) =>
      JSON.stringify([project, machine, user, group]),
    );
    return [...owners.values()].map((ofOwner) => countedHour(ofOwner, address, isShared, by, basis));
  });
}

/**
 * Whether an address is that of several machines: networks of two projects may use it at the same time. If one
 * began to be counted after the other had ended, it is one machine that changed its project.
 */
function wereThereAtOnce(projects: readonly (readonly SessionUse[])[]): boolean {
  const spans = projects.map((uses) => ({
    from: Math.min(...uses.map(countedFrom)),
    to: Math.max(...uses.map(({ hour }) => hour.upTo)),
  }));
  const inOrder = spans.sort((a, b) => a.from - b.from);
  return inOrder.some(({ from }, i) => from < (inOrder[i - 1]?.to ?? Number.NEGATIVE_INFINITY) - AT_ONCE_MS);
}

/** The last scrape under the old labels may come after the first under the new ones. */
const AT_ONCE_MS = 120_000;

/** From when on a session was counted in its hour: what is unknown of a new host is the time before it was seen. */
function countedFrom({ hour }: SessionUse): number {
  const { upFrom, upTo, busyCpuSeconds, idleCpuSeconds, unknownCpuSeconds } = hour;
  const whole = busyCpuSeconds + idleCpuSeconds + unknownCpuSeconds;
  return whole > 0 ? upFrom + (upTo - upFrom) * (unknownCpuSeconds / whole) : upFrom;
}

function countedHour(
  uses: readonly SessionUse[],
  address: string,
  isShared: boolean,
  by: string,
  basis: string | undefined,
): CountedHour {
  const total = (name: SummedMember): number => sumOf(uses.map(({ hour }) => hour[name]));
  const [busyCpuSeconds, idleCpuSeconds] = [total("busyCpuSeconds"), total("idleCpuSeconds")];
  const intensity = uses.map(({ hour }) => hour.intensity).reduce(leastCertain, null);
  const hasCarbon = total("kwhWithoutCarbon") === 0 && isOfBasis(intensity, basis);
  const { project, machine, user, group } = uses[0]?.session ?? NOBODY;
  const inProject = project ?? UNATTRIBUTED;
  return {
    host: {
      instance: isShared ? nameInProject(address, inProject) : address,
      address,
      project: inProject,
      machine,
      // By tenures the session has their user, and not that of the label.
      user: by === "labels" ? user : null,
    },
    by,
    owners: [
      {
        project: inProject,
        machine: machine ?? UNATTRIBUTED,
        user: user ?? UNATTRIBUTED,
        group: group ?? UNATTRIBUTED,
        experiment: UNATTRIBUTED,
        busyShare: 1,
        idleShare: 1,
      },
    ],
    busyCpuSeconds,
    idleCpuSeconds,
    busyKwh: total("busyKwh"),
    idleKwh: total("idleKwh"),
    busyGco2eq: hasCarbon ? total("busyGco2eq") : Number.NaN,
    idleGco2eq: hasCarbon ? total("idleGco2eq") : Number.NaN,
    observedCpuSeconds: busyCpuSeconds + idleCpuSeconds,
    expectedCpuSeconds: busyCpuSeconds + idleCpuSeconds + total("unknownCpuSeconds"),
    up: upOf(uses),
    notes: [],
    model: TRACKED + uses.map(({ hour }) => hour.model).reduce(namesTogether),
    intensity: hasCarbon && intensity !== null ? { ...intensity, settled: false } : null,
  };
}

/** Whether grams may be added to those of a basis; what does not say its own may be added to any. */
function isOfBasis(intensity: SessionIntensity | null, basis: string | undefined): boolean {
  const own = intensity === null ? undefined : basisOfStored(intensity);
  if (own === undefined) return true;
  return basis === undefined ? splitBases(own).length === 1 : own === basis;
}

type SummedMember = Exclude<keyof SessionHour, "hour" | "upFrom" | "upTo" | "model" | "intensity" | "stored">;

const NOBODY = { project: null, machine: null, user: null, group: null };

function upOf(uses: readonly SessionUse[]): Interval | null {
  const start = uses[0]?.hour.hour ?? Number.NaN;
  const from = Math.min(...uses.map(({ hour }) => hour.upFrom));
  const to = Math.max(...uses.map(({ hour }) => hour.upTo));
  return from <= start && to >= start + HOUR_MS ? null : { from, to };
}

function nameInProject(address: string, project: string): string {
  return `${address} (${project})`;
}

/** The instance label of a stored host. */
function addressOf(instance: string, project: string): string {
  const inProject = nameInProject("", project);
  return instance.endsWith(inProject) ? instance.slice(0, -inProject.length) : instance;
}

/** The hosts in stored rows of one hour, as far as it is known whose they were. */
export function storedCounts(
  { cpu, attribution, useOf }: StoredHosts,
  basisOf: (instance: string) => Pick<CountedHour, "model" | "intensity">,
): CountedHour[] {
  return cpu.hosts.map((host, row) => {
    const busyCpuSeconds = numberAt(cpu.busyCpuSeconds, row);
    const idleCpuSeconds = numberAt(cpu.idleCpuSeconds, row);
    const { busyKwh, idleKwh, busyGco2eq, idleGco2eq } = useOf(row, 0, { busyCpuSeconds, idleCpuSeconds });
    const up = { from: numberAt(cpu.upFrom, row), to: numberAt(cpu.upTo, row) };
    return {
      host: { ...host, address: addressOf(host.instance, host.project) },
      by: attribution.by(row, 0),
      owners: attribution.ownersOf(row, 0),
      busyCpuSeconds,
      idleCpuSeconds,
      busyKwh,
      idleKwh,
      busyGco2eq: busyGco2eq ?? Number.NaN,
      idleGco2eq: idleGco2eq ?? Number.NaN,
      observedCpuSeconds: numberAt(cpu.observedCpuSeconds, row),
      expectedCpuSeconds: numberAt(cpu.expectedCpuSeconds, row),
      up: Number.isNaN(up.from) ? null : up,
      notes: cpu.notes?.get(row) ?? [],
      ...basisOf(host.instance),
    };
  });
}

/**
 * The hosts of this tracker, and those stored by others for the same hour. Of an address that two projects use,
 * the others' projects keep their part. What is stored of our projects at the same address is ours, whatever it was
 * called: an address that turned out to be that of two machines has two names now.
 */
export function withStoredByOthers(
  ours: readonly CountedHour[],
  stored: readonly CountedHour[],
): CountedHour[] {
  const placeOf = ({ host }: CountedHour): string => JSON.stringify([host.address, host.project]);
  const ourPlaces = new Set(ours.map(placeOf));
  return [...ours, ...stored.filter((counted) => !ourPlaces.has(placeOf(counted)))];
}
