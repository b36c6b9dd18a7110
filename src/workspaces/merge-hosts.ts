import type { Interval } from "../usage/hour.js";
import type { OwnerShare } from "../usage/provenance.js";
import { addressOf, type HostHour } from "./host-hour.js";
import { both } from "./session-hours.js";

/**
 * The hosts of this tracker, and those stored by others for the same hour. Of an address that two projects use,
 * the others' projects keep their part. What is stored of our projects at the same address is ours, whatever it was
 * called: an address that turned out to be that of two machines has two names now.
 */
export function mergeHosts(ours: readonly HostHour[], stored: readonly HostHour[]): HostHour[] {
  const merged = new Map(ours.map((host) => [host.instance, host]));
  const ourProjects = new Map<string, Set<string>>();
  for (const host of ours) {
    const address = addressOf(host);
    ourProjects.set(address, new Set([...(ourProjects.get(address) ?? []), ...projectsOf(host)]));
  }
  for (const theirs of stored) {
    const rest = without(theirs, ourProjects.get(addressOf(theirs)) ?? NONE);
    if (rest === undefined) continue;
    const own = merged.get(rest.instance);
    merged.set(rest.instance, own === undefined ? rest : together(own, rest));
  }
  return [...merged.values()];
}

const NONE: ReadonlySet<string> = new Set();

function projectsOf({ host }: HostHour): ReadonlySet<string> {
  return new Set(host.owners.map(({ project }) => project));
}

/** What of a host's hour is not of these projects; `undefined` for nothing. */
function without(of: HostHour, projects: ReadonlySet<string>): HostHour | undefined {
  const owners = of.host.owners.filter(({ project }) => !projects.has(project));
  const [first] = owners;
  if (first === undefined) return undefined;
  if (owners.length === of.host.owners.length) return of;
  const part = (name: "busyShare" | "idleShare"): number =>
    owners.reduce((sum, owner) => sum + owner[name], 0);
  const [busy, idle] = [part("busyShare"), part("idleShare")];
  const normal = (share: number, whole: number): number => (whole > 0 ? share / whole : 1 / owners.length);
  return {
    ...of,
    busyCpuSeconds: of.busyCpuSeconds * busy,
    idleCpuSeconds: of.idleCpuSeconds * idle,
    busyKwh: of.busyKwh * busy,
    idleKwh: of.idleKwh * idle,
    busyGco2eq: of.busyGco2eq * busy,
    idleGco2eq: of.idleGco2eq * idle,
    host: {
      ...of.host,
      project: first.project,
      expectedCpuSeconds: (of.host.expectedCpuSeconds * (busy + idle)) / 2,
      owners: owners.map((owner) => ({
        ...owner,
        busyShare: normal(owner.busyShare, busy),
        idleShare: normal(owner.idleShare, idle),
      })),
    },
  };
}

function together(a: HostHour, b: HostHour): HostHour {
  const shared = (from: HostHour, to: HostHour): OwnerShare[] => {
    const part = (own: number, other: number): number => (own + other > 0 ? own / (own + other) : 0.5);
    const [busy, idle] = [part(from.busyKwh, to.busyKwh), part(from.idleKwh, to.idleKwh)];
    return from.host.owners.map((owner) => ({
      ...owner,
      busyShare: owner.busyShare * busy,
      idleShare: owner.idleShare * idle,
    }));
  };
  return {
    instance: a.instance,
    busyCpuSeconds: a.busyCpuSeconds + b.busyCpuSeconds,
    idleCpuSeconds: a.idleCpuSeconds + b.idleCpuSeconds,
    busyKwh: a.busyKwh + b.busyKwh,
    idleKwh: a.idleKwh + b.idleKwh,
    busyGco2eq: a.busyGco2eq + b.busyGco2eq,
    idleGco2eq: a.idleGco2eq + b.idleGco2eq,
    model: both(a.model, b.model),
    intensity: a.intensity ?? b.intensity,
    host: {
      ...a.host,
      expectedCpuSeconds: a.host.expectedCpuSeconds + b.host.expectedCpuSeconds,
      up: a.host.up === null || b.host.up === null ? null : spanOf(a.host.up, b.host.up),
      owners: [...shared(a, b), ...shared(b, a)],
    },
  };
}

function spanOf(a: Interval, b: Interval): Interval {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}
