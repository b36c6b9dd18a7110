import type { SessionHour, WorkspaceSession } from "../stores/workspace-store.js";
import { type FinishedHour, HOUR_MS } from "../usage/hour.js";
import type { HostProvenance, IntensityProvenance, OwnerShare } from "../usage/provenance.js";
import { TRACKED } from "../usage/provenance.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import { at, type UsageSeries } from "../usage/series.js";
import { Sum } from "../usage/sum.js";
import { both, leastCertain } from "./session-hours.js";

/** What one host did in one hour, and whose it was. */
export interface HostHour {
  /** The name of the machine: its instance label, and its project where two machines had that label at once. */
  readonly instance: string;
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams; NaN where the intensity was not known all the time. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** `id` of the power model as the row has it. */
  readonly model: string;
  readonly intensity: IntensityProvenance | null;
  readonly host: HostProvenance;
}

/** A session and what it used in the hour that is looked at. */
export interface Part {
  readonly session: WorkspaceSession;
  readonly one: SessionHour;
}

/** The hosts of the sessions in an hour. `by` says how their owners were found. */
export function hostHours(parts: readonly Part[], by: string): HostHour[] {
  const byInstance = Map.groupBy(parts, ({ session }) => session.instance);
  return [...byInstance].flatMap(([instance, ofInstance]) => {
    const byProject = Map.groupBy(ofInstance, ({ session }) => session.project);
    if (!wereThereAtOnce([...byProject.values()])) return [hostHour(instance, ofInstance, by)];
    return [...byProject].map(([project, ofMachine]) =>
      hostHour(nameInProject(instance, project ?? UNATTRIBUTED), ofMachine, by),
    );
  });
}

/**
 * Whether an address is that of several machines: networks of two projects may use it at the same time. If one
 * began to be counted after the other had ended, it is one machine that changed its project.
 */
function wereThereAtOnce(projects: readonly (readonly Part[])[]): boolean {
  const spans = projects.map((parts) => ({
    from: Math.min(...parts.map(countedFrom)),
    to: Math.max(...parts.map(({ one }) => one.upTo)),
  }));
  const inOrder = spans.sort((a, b) => a.from - b.from);
  return inOrder.some(({ from }, i) => from < (inOrder[i - 1]?.to ?? Number.NEGATIVE_INFINITY) - AT_ONCE_MS);
}

/** From when on a session was counted in its hour: what is unknown of a new host is the time before it was seen. */
function countedFrom(part: Part): number {
  const { upFrom, upTo, unknownCpuSeconds } = part.one;
  const whole = cpuOf(part);
  return whole > 0 ? upFrom + (upTo - upFrom) * (unknownCpuSeconds / whole) : upFrom;
}

/** The last scrape under the old labels may come after the first under the new ones. */
const AT_ONCE_MS = 120_000;

function nameInProject(instance: string, project: string): string {
  return `${instance} (${project})`;
}

/** The instance label of a stored host. */
export function addressOf({ instance, host }: Pick<HostHour, "instance" | "host">): string {
  const inProject = ` (${host.project})`;
  return instance.endsWith(inProject) ? instance.slice(0, -inProject.length) : instance;
}

function hostHour(instance: string, parts: readonly Part[], by: string): HostHour {
  const total = (name: Quantity): number => totalOf(parts, name);
  const hasCarbon = total("kwhWithoutCarbon") === 0;
  const intensity = parts.map(({ one }) => one.intensity).reduce(leastCertain, null);
  const cpu = total("busyCpuSeconds") + total("idleCpuSeconds");
  const main = parts.reduce((a, b) => (cpuOf(b) > cpuOf(a) ? b : a));
  const { project, machine, user } = main.session;
  return {
    instance,
    busyCpuSeconds: total("busyCpuSeconds"),
    idleCpuSeconds: total("idleCpuSeconds"),
    busyKwh: total("busyKwh"),
    idleKwh: total("idleKwh"),
    busyGco2eq: hasCarbon ? total("busyGco2eq") : Number.NaN,
    idleGco2eq: hasCarbon ? total("idleGco2eq") : Number.NaN,
    model: TRACKED + parts.map(({ one }) => one.model).reduce(both),
    intensity: hasCarbon && intensity !== null ? { ...intensity, settled: false } : null,
    host: {
      project: project ?? UNATTRIBUTED,
      machine,
      // By tenures the session has their user, and not that of the label.
      user: by === "labels" ? user : null,
      expectedCpuSeconds: cpu + total("unknownCpuSeconds"),
      up: upOf(parts),
      by,
      owners: ownersOf(parts),
    },
  };
}

type Quantity = Exclude<keyof SessionHour, "hour" | "upFrom" | "upTo" | "model" | "intensity" | "stored">;

function totalOf(parts: readonly Part[], name: Quantity): number {
  const sum = new Sum();
  for (const { one } of parts) sum.add(one[name]);
  return sum.value;
}

function cpuOf({ one }: Part): number {
  return one.busyCpuSeconds + one.idleCpuSeconds + one.unknownCpuSeconds;
}

function upOf(parts: readonly Part[]): HostProvenance["up"] {
  const hour = parts[0]?.one.hour ?? Number.NaN;
  const from = parts.reduce((first, { one }) => Math.min(first, one.upFrom), Number.POSITIVE_INFINITY);
  const to = parts.reduce((last, { one }) => Math.max(last, one.upTo), Number.NEGATIVE_INFINITY);
  return from <= hour && to >= hour + HOUR_MS ? null : { from, to };
}

/** Each owner's part of the host's energy, which is what was counted. CPU-seconds and grams go with it. */
function ownersOf(parts: readonly Part[]): OwnerShare[] {
  const owners = Map.groupBy(parts, ({ session: { project, machine, user, group } }) =>
    JSON.stringify([project, machine, user, group]),
  );
  const share = (ofOwner: readonly Part[], name: "busyKwh" | "idleKwh"): number => {
    const whole = totalOf(parts, name);
    return whole > 0 ? totalOf(ofOwner, name) / whole : 1 / owners.size;
  };
  return [...owners.values()].flatMap((ofOwner) =>
    ofOwner.slice(0, 1).map(({ session: { project, machine, user, group } }) => ({
      project: project ?? UNATTRIBUTED,
      machine: machine ?? UNATTRIBUTED,
      user: user ?? UNATTRIBUTED,
      group: group ?? UNATTRIBUTED,
      experiment: UNATTRIBUTED,
      busyShare: share(ofOwner, "busyKwh"),
      idleShare: share(ofOwner, "idleKwh"),
    })),
  );
}

/** The hosts in stored rows of kind `host` of one hour, as far as it is known whose they were. */
export function storedHostHours(hosts: readonly UsageSeries[], hour: FinishedHour): HostHour[] {
  return hosts.flatMap((series): HostHour[] => {
    const i = series.hours.indexOf(hour);
    const { host, model, intensity } = series.provenance[i] ?? {};
    if (host === undefined) return [];
    const known = (value: number): number => (Number.isNaN(value) ? 0 : value);
    return [
      {
        instance: series.scope.name,
        busyCpuSeconds: known(at(series.busyCpuSeconds, i)),
        idleCpuSeconds: known(at(series.idleCpuSeconds, i)),
        busyKwh: known(at(series.busyKwh, i)),
        idleKwh: known(at(series.idleKwh, i)),
        // Of nothing there is no carbon either, whatever the intensity was.
        busyGco2eq: Number.isNaN(at(series.busyKwh, i)) ? 0 : at(series.busyGco2eq, i),
        idleGco2eq: Number.isNaN(at(series.idleKwh, i)) ? 0 : at(series.idleGco2eq, i),
        model: model ?? TRACKED.trim(),
        intensity: intensity ?? null,
        host,
      },
    ];
  });
}
