import { ADA_MODES, HOUR_MS, hoursIn, type Interval, type ModePolicy } from "ada-carbon";
import { CPU_MODES, type SimulatedHost } from "ada-carbon/testing";
import { HostSamples } from "../../src/testing/samples.js";
import type { ScrapeTimeline } from "../../src/testing/timeline.js";
import { cpuMicrosIn } from "../../src/testing/truth.js";
import { RawSampleSeconds } from "./raw-sample-seconds.js";
import { instanceLabelOf, letterOf, type Situation } from "./situation.js";

/** CPU-seconds as a mode policy divides them. */
export interface Used {
  readonly busy: number;
  readonly idle: number;
}

/** What an hour of a machine really was, and what its samples say of it. */
export interface MachineHour {
  readonly hour: number;
  readonly truth: Used;
  readonly raw: Used;
  /** CPU-seconds by which births, ends and what nobody can know may make a difference. */
  readonly unknowable: number;
  /** Whether nothing happened in it or near. */
  readonly clean: boolean;
  /** Whether a part of it was between two boots for so long that nobody can tell being down from not being scraped. */
  readonly maybeDown: boolean;
}

/** What one owner had of an hour of a machine by the samples, and by how much that may be off. */
export interface OwnerHour {
  readonly hour: number;
  /** Project, machine name and user. */
  readonly owner: string;
  readonly raw: Used;
  readonly unknowable: number;
}

/** One host of a situation, or several that nothing but further labels tells apart. */
export interface Machine {
  /** The letters of its hosts. */
  readonly letters: string;
  /** Instance and project, as {@link machineKey}, that its rows may have. */
  readonly keys: ReadonlySet<string>;
  /** CPU-seconds in an hour of all its cpus that are ever online. */
  readonly capacity: number;
  /** Whether a counter ever says what is not so. */
  readonly isFaulty: boolean;
  /** Whether single scrapes fail by chance. */
  readonly missesScrapes: boolean;
  readonly hours: readonly MachineHour[];
  /** Of machines that are one host. */
  readonly owners: readonly OwnerHour[];
}

export const machineKey = (instance: string, project: string): string => `${instance} in ${project}`;
export const ownerKey = (project: string, machine: string | null, user: string | null): string =>
  [project, machine, user].join(" / ");

/** Near enough to an hour to matter to it. */
const NEAR_MS = 15 * 60_000;

const known = new WeakMap<Situation, Machine[]>();

/** The machines of a situation by all samples that had arrived by its last run. */
export function machinesOf(situation: Situation): Machine[] {
  let machines = known.get(situation);
  if (machines === undefined) {
    machines = makeMachines(situation, situation.runs.at(-1) ?? Number.NaN);
    known.set(situation, machines);
  }
  return machines;
}

function makeMachines(situation: Situation, arrivedBy: number): Machine[] {
  const groups: { hosts: SimulatedHost[]; keys: Set<string> }[] = [];
  for (const host of situation.cluster.hosts) {
    const keys = keysOf(situation, host);
    const same = groups.find((group) => [...keys].some((key) => group.keys.has(key)));
    if (same === undefined) groups.push({ hosts: [host], keys });
    else {
      same.hosts.push(host);
      for (const key of keys) same.keys.add(key);
    }
  }
  return groups.map(({ hosts, keys }) => machineOf(situation, arrivedBy, hosts, keys));
}

function keysOf(situation: Situation, { targets }: SimulatedHost): Set<string> {
  const labels = targets.flatMap(({ labelSpans }) => labelSpans.map((span) => span.labels));
  const instance = instanceLabelOf(situation);
  return new Set(labels.map((one) => machineKey(one[instance] ?? "", one.cloud_project_name ?? "")));
}

function machineOf(
  situation: Situation,
  arrivedBy: number,
  hosts: readonly SimulatedHost[],
  keys: ReadonlySet<string>,
): Machine {
  const { cluster, interval, modes = ADA_MODES } = situation;
  const curves = hosts.map((host) => new RawSampleSeconds(cluster, host, arrivedBy));
  const rawIn = (during: Interval): Used => sumOf(curves.map((curve) => split(curve.in(during), modes)));
  const truthIn = (during: Interval): Used =>
    sumOf(
      hosts.map((host) =>
        split(
          cpuMicrosIn(host, during).map((micros) => micros / 1e6),
          modes,
        ),
      ),
    );
  const hours = hoursIn(interval).map((hour): MachineHour => {
    const during = { from: hour, to: hour + HOUR_MS };
    return {
      hour,
      truth: truthIn(during),
      raw: rawIn(during),
      unknowable: hosts.reduce((sum, host) => sum + unknowableSeconds(situation, host, during), 0),
      clean: hosts.every((host) => isClean(situation, host, during)),
      maybeDown: hosts.some((host) => isMaybeDown(host, during)),
    };
  });
  const [only] = hosts;
  return {
    letters: hosts.map((host) => letterOf(situation, cluster.hosts.indexOf(host))).join(""),
    keys,
    capacity: 3600 * hosts.reduce((sum, host) => sum + cpusOf(host, interval), 0),
    isFaulty: hosts.some(({ counterFaults }) => counterFaults.length > 0),
    missesScrapes: hosts.some(({ missedScrapesPerMille }) => missedScrapesPerMille > 0),
    hours,
    owners: hosts.length === 1 && only?.targets.length === 1 ? ownersOf(situation, only, rawIn) : [],
  };
}

/** How many cpus ever tick. */
function cpusOf({ cores, offlineCpus }: SimulatedHost, { from, to }: Interval): number {
  const cpus = Array.from({ length: cores }, (_, cpu) => cpu);
  return cpus.filter(
    (cpu) => !offlineCpus.some((off) => off.cpus.includes(cpu) && off.from <= from && off.to >= to),
  ).length;
}

/** Whose the time was by the labels, hour by hour. */
function ownersOf(
  { cluster, interval }: Situation,
  host: SimulatedHost,
  rawIn: (during: Interval) => Used,
): OwnerHour[] {
  const spans = host.targets[0]?.labelSpans ?? [];
  const { timeline } = new HostSamples(cluster, host);
  const unseen = spans.slice(1).map(({ from }) => betweenScrapes(timeline, from));
  return hoursIn(interval).flatMap((hour) => {
    const whole = { from: hour, to: hour + HOUR_MS };
    const parts = spans.flatMap(({ labels, ...span }) => {
      const during = overlap(span, whole);
      if (during === undefined) return [];
      const owner = ownerKey(
        labels.cloud_project_name ?? "",
        labels.machine_name ?? null,
        labels.user ?? null,
      );
      return [{ owner, raw: rawIn(during) }];
    });
    const unseenMs = unseen.reduce((sum, change) => sum + lengthOf(overlap(change, whole)), 0);
    return [...Map.groupBy(parts, ({ owner }) => owner)].map(([owner, own]) => ({
      hour,
      owner,
      raw: sumOf(own.map(({ raw }) => raw)),
      unknowable: (unseenMs / 1000) * host.cores,
    }));
  });
}

/** From the scrape before an instant to the one after: when in it labels changed cannot be seen. */
function betweenScrapes(timeline: ScrapeTimeline, instant: number): Interval {
  const after = timeline.countBefore(instant);
  return {
    from: after === 0 ? Number.NEGATIVE_INFINITY : timeline.time(after - 1),
    to: after === timeline.length ? Number.POSITIVE_INFINITY : timeline.time(after),
  };
}

function overlap(a: Interval, b: Interval): Interval | undefined {
  const both = { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  return both.from < both.to ? both : undefined;
}

const lengthOf = (time: Interval | undefined): number => (time === undefined ? 0 : time.to - time.from);

function isMaybeDown({ incarnations, scrapeMs }: SimulatedHost, hour: Interval): boolean {
  return incarnations.some(({ to }, i) => {
    const next = incarnations[i + 1];
    if (next === undefined || next.from - to < 2 * scrapeMs) return false;
    return overlap({ from: to - scrapeMs, to: next.from + scrapeMs }, hour) !== undefined;
  });
}

/** One scrape interval for each birth and end, of the host or of some of its cpus, that lies in the hour or beside it. */
function unknowableSeconds(situation: Situation, host: SimulatedHost, { from, to }: Interval): number {
  const edgesOf = (life: Interval): number =>
    [life.from, life.to].filter((edge) => edge > from - host.scrapeMs && edge < to + host.scrapeMs).length;
  const cpus = [
    ...host.incarnations.map((life) => edgesOf(life) * host.cores),
    ...host.offlineCpus.map((pause) => edgesOf(pause) * pause.cpus.length),
    (situation.unknowableScrapes ?? 0) * host.cores,
  ].reduce((sum, scrapes) => sum + scrapes);
  return (cpus * host.scrapeMs) / 1000;
}

function isClean({ cluster }: Situation, host: SimulatedHost, { from, to }: Interval): boolean {
  // From boot to the first scrape there are no scrapes between which the work could lie.
  const unseenBirths = host.incarnations.map(({ from: boot }) => ({
    from: boot,
    to: boot + host.exporterDelayMs,
  }));
  if (unseenBirths.some((birth) => birth.from < to && birth.to > from)) return false;
  const times = [
    ...host.incarnations,
    ...host.offlineCpus,
    ...host.outages,
    ...cluster.outages,
    ...cluster.replicas.flatMap(({ outages = [] }) => outages),
    ...host.targets.flatMap(({ outages, labelSpans, schedule }) => [...outages, ...labelSpans, ...schedule]),
    ...host.counterFaults,
  ];
  return times.every((time) => {
    const edges = [time.from, time.to];
    const covers =
      !host.incarnations.includes(time) && time.from < from && time.to > to && isGap(host, cluster, time);
    return !covers && edges.every((edge) => edge < from - NEAR_MS || edge > to + NEAR_MS);
  });
}

/** Whether a time is one without scrapes. */
function isGap(host: SimulatedHost, cluster: Situation["cluster"], time: Interval): boolean {
  return host.outages.includes(time) || cluster.outages.some((outage) => outage === time);
}

export function split(byMode: readonly number[], modes: ModePolicy): Used {
  let [busy, idle] = [0, 0];
  CPU_MODES.forEach((mode, m) => {
    if ((modes[mode] ?? "busy") === "idle") idle += byMode[m] ?? 0;
    else if ((modes[mode] ?? "busy") === "busy") busy += byMode[m] ?? 0;
  });
  return { busy, idle };
}

export function sumOf(parts: readonly Used[]): Used {
  return parts.reduce((sum, { busy, idle }) => ({ busy: sum.busy + busy, idle: sum.idle + idle }), {
    busy: 0,
    idle: 0,
  });
}

export const totalOf = ({ busy, idle }: Used): number => busy + idle;
