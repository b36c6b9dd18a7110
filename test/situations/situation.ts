import { DAY_MS, type Finding, HOUR_MS, type Interval, type ModePolicy } from "ada-carbon";
import {
  type ClusterOptions,
  type HostDescription,
  type ReplicaDescription,
  type SimulatedCluster,
  simulateCluster,
  steadyLoad,
} from "ada-carbon/testing";
import type { Tenure } from "../../src/attribution/tenure.js";
import type { PrometheusCpuOptions } from "../../src/prometheus/cpu-source.js";

/** Hour 0 of every situation. */
export const START: number = Date.UTC(2025, 8, 10);
export const FOREVER: number = Number.POSITIVE_INFINITY;

/** An instant by hour, minute and second of the situation: `at(1, 25)` is 01:25. */
export const at = (hour: number, minute = 0, second = 0): number =>
  START + hour * HOUR_MS + minute * 60_000 + second * 1000;

/** Hours of some hosts: `hosts` by their letter, all if not given; `hours` by their number. */
export interface HostHours {
  readonly hosts?: string;
  readonly hours: readonly number[];
}

/** Hours first to last, by number. */
export const hours = (first: number, last: number = first): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** What must hold beyond what holds in every situation. */
export interface Expectations {
  /** Hours that must not be `processed` after the last run: something of them cannot be known. */
  readonly flagged?: readonly HostHours[];
  /** Hours that may be `processed` or not. All that are in none of these lists must be `processed`. */
  readonly mayBeFlagged?: readonly HostHours[];
  /** Hours that must be `processed` and say that a part was spread over a gap. */
  readonly spread?: readonly HostHours[];
  /** Hours in which a host ran and nothing can be known of it: they are held against the samples alone. */
  readonly unseen?: readonly HostHours[];
  /** Hours that must not be `processed` after the first of several runs. */
  readonly flaggedAtFirst?: readonly HostHours[];
  /** Kinds of findings that must be reported, and others that may be. All others must not. */
  readonly findings?: readonly Finding["kind"][];
  readonly mayFind?: readonly Finding["kind"][];
  /** Whether hours may be flagged where the samples themselves are wrong by too much. */
  readonly knowableMustBeKnown?: boolean;
  /** How many scrapes' worth of CPU time an hour may be off besides births and ends, because nobody can know. Default 0. */
  readonly unknowableScrapes?: number;
  /** When the live tracker looks at the hosts: it must see what they do, or say that it cannot. UTC ms. */
  readonly live?: readonly number[];
  /** Parts of hours that these users must have had by tenures, at least roughly, and that must say that they are spread. */
  readonly spreadUsers?: readonly string[];
  /** Whether busy and idle within the period are compared with the truth, not only with the samples. Default: false. */
  readonly periodIsTrue?: boolean;
}

/** Something that happens in a cloud, and what the measurement must make of it. */
export interface Situation extends Expectations {
  /** A word or several with dashes; its projects begin with it. */
  readonly name: string;
  /** Number in `cases/hours.md`. */
  readonly case?: number;
  /** What happens, in one sentence. */
  readonly what: string;
  readonly cluster: SimulatedCluster;
  /** What is asked for. */
  readonly interval: Interval;
  /** When sync runs: what arrives later is not there yet. */
  readonly runs: readonly [number, ...number[]];
  readonly modes?: ModePolicy;
  /** Who held which host, where that is not said by labels. */
  readonly tenures?: readonly Tenure[];
  readonly prometheus?: Partial<PrometheusCpuOptions>;
}

/** A situation in the words of its table. */
export interface SituationText extends Expectations {
  readonly name: string;
  readonly case?: number;
  readonly what: string;
  /** The first is `a`, the second `b`, and so on. Default: one. */
  readonly hosts?: readonly HostDescription[];
  /** First and last hour asked for. Default: 0 to 2. */
  readonly asked?: readonly [number, number];
  /** The hour before which the simulation begins an hour. Default: the first hour asked for. */
  readonly since?: number;
  /** When the simulation ends, in hours. Default: an hour and a half after the last hour asked for. */
  readonly until?: number;
  /** Default: once, when the simulation ends. */
  readonly runs?: readonly [number, ...number[]];
  readonly scrapeSeconds?: number;
  /** Gaps of all hosts. */
  readonly outages?: readonly Interval[];
  readonly lateArrivals?: ClusterOptions["lateArrivals"];
  readonly replicas?: readonly [ReplicaDescription, ...ReplicaDescription[]];
  readonly modes?: ModePolicy;
  readonly tenures?: readonly Tenure[];
  readonly prometheus?: Partial<PrometheusCpuOptions>;
}

/** Two cpus, up for 30 days and for ever, three quarters of a minute off the hour, busy to 35%. */
export const USUAL: HostDescription = {
  machine: "Muon",
  user: "amara",
  cores: 2,
  incarnations: [{ from: START - 30 * DAY_MS, to: FOREVER }],
  phaseMs: 43_210,
  load: steadyLoad(35),
};

/** A host that is {@link USUAL} but for what is said. A project `B` becomes a project of the situation. */
export const host = (description: HostDescription = {}): HostDescription => ({ ...USUAL, ...description });

/** The project of a situation; it may have several, told apart by a letter. */
export const projectOf = (situation: string, letter?: string): string =>
  letter === undefined ? situation : `${situation} ${letter}`;

const letter = (index: number): string => String.fromCharCode("a".charCodeAt(0) + index);

/** The label that a situation tells hosts by. */
export const instanceLabelOf = ({ prometheus }: Situation): string =>
  prometheus?.labels?.instance ?? "instance";

/** All projects of a situation. */
export function projectsOf({ cluster }: Situation): string[] {
  const spans = cluster.hosts.flatMap(({ targets }) => targets.flatMap(({ labelSpans }) => labelSpans));
  return [...new Set(spans.map(({ labels }) => labels.cloud_project_name ?? ""))];
}

/** The letter of a host of a situation. */
export const letterOf = (situation: Situation, index: number): string =>
  letter(Math.min(index, situation.cluster.hosts.length));

export function situation(text: SituationText): Situation {
  const { name, hosts = [host()], asked = [0, 2], outages = [], scrapeSeconds = 60 } = text;
  const [first, last] = asked;
  const until = at(0) + (text.until ?? last + 2.5) * HOUR_MS;
  const cluster = simulateCluster({
    interval: { from: at(text.since ?? first), to: until },
    scrapeSeconds,
    outages,
    ...(text.lateArrivals && { lateArrivals: text.lateArrivals }),
    ...(text.replicas && { replicas: text.replicas }),
    hosts: hosts.map((description, i) => ({
      instance: `${letter(i)}.${name}:9100`,
      ...description,
      project: projectOf(name, description.project),
    })),
  });
  const { hosts: _hosts, asked: _asked, since: _since, until: _until, ...rest } = text;
  return {
    ...rest,
    cluster,
    interval: { from: at(first), to: at(last + 1) },
    runs: text.runs ?? [until],
  };
}
