import { badInput } from "../usage/errors.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { TRUE_BOOT_TIME } from "./boot-times.js";
import { CpuTime } from "./counters.js";
import type { HostDescription } from "./host-description.js";
import { type LabelSpan, labelSpans } from "./label-spans.js";
import { BLOCK_MS, type Load } from "./load.js";

/** What a description has in another form than a {@link SimulatedHost}. */
type InAnotherForm =
  | "job"
  | "labels"
  | "labelChanges"
  | "alsoScrapedAs"
  | "scrapeSeconds"
  | "exporterDelaySeconds";

/** One simulated virtual machine with an exporter. */
export interface SimulatedHost extends Required<Omit<HostDescription, InAnotherForm>> {
  /** The labels of all its series: instance, job, cloud_project_name, machine_name, user and any others. At first. */
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  readonly scrapeMs: number;
  /** What the jitter and the missed scrapes are drawn from. */
  readonly scrapeSeed: number;
  readonly exporterDelayMs: number;
  /** As what it is scraped: mostly one. */
  readonly targets: readonly SimulatedTarget[];
  /** What each cpu did, whether the host was up or not; counters are differences of it. */
  readonly cpuTime: CpuTime;
}

/** What Prometheus scrapes of a host. */
export interface SimulatedTarget {
  /** Its labels over time. */
  readonly labelSpans: readonly LabelSpan[];
  readonly scrapeMs: number;
  readonly phaseMs: number;
  readonly outages: readonly Interval[];
}

/** A description in which everything is there that identifies a host. */
export type KnownHost = Required<
  Pick<
    HostDescription,
    "instance" | "job" | "project" | "machine" | "user" | "cores" | "incarnations" | "phaseMs"
  >
> &
  HostDescription;

const GIB = 2 ** 30;

/** `origin` is a full hour before anything is scraped; `scrapeMs` is the cluster's. */
export function createHost(
  known: KnownHost,
  load: Load,
  origin: number,
  scrapeMs: number,
  scrapeSeed: number,
): SimulatedHost {
  assertPossible(known);
  const {
    job,
    labelChanges = [],
    alsoScrapedAs = [],
    scrapeSeconds,
    exporterDelaySeconds = 0,
    ...described
  } = known;
  const { instance, project, machine, user, cores, phaseMs } = known;
  const { loadBlockMs = BLOCK_MS, offlineCpus = [] } = known;
  const ownScrapeMs = scrapeSeconds === undefined ? scrapeMs : Math.round(scrapeSeconds * 1000);
  const labels = {
    instance,
    job,
    cloud_project_name: project,
    machine_name: machine,
    ...(user === null ? {} : { user }),
    ...known.labels,
  };
  const targetOf = (
    own: Record<string, string>,
    phase: number,
    silent: readonly Interval[],
    everyMs = ownScrapeMs,
  ): SimulatedTarget => ({
    labelSpans: labelSpans(labels, labelChanges, own),
    scrapeMs: everyMs,
    phaseMs: phase,
    outages: silent,
  });
  const further = alsoScrapedAs.map((target) => {
    const everyMs = target.scrapeSeconds === undefined ? ownScrapeMs : target.scrapeSeconds * 1000;
    const phase = target.phaseMs ?? phaseMs + Math.floor(everyMs / 2);
    return targetOf(target.labels, phase, target.outages ?? [], everyMs);
  });
  return {
    ...USUAL,
    ...described,
    instance: labels.instance,
    project: labels.cloud_project_name,
    machine: labels.machine_name,
    user: labels.user ?? null,
    labels,
    memoryBytes: cores * 4 * GIB,
    scrapeMs: ownScrapeMs,
    scrapeSeed,
    exporterDelayMs: exporterDelaySeconds * 1000,
    targets: [targetOf({}, phaseMs, []), ...further],
    load,
    cpuTime: new CpuTime(load, cores, origin, { blockMs: loadBlockMs, offline: offlineCpus }),
  };
}

/** Nothing is wrong with it unless a description says so. */
const USUAL = {
  loadBlockMs: BLOCK_MS,
  offlineCpus: [],
  scrapeJitterMs: 0,
  missedScrapesPerMille: 0,
  outages: [],
  recordsFailedScrapes: false,
  lateArrivals: [],
  counterFaults: [],
  bootTime: TRUE_BOOT_TIME,
};

function assertPossible({ instance, cores, incarnations, loadBlockMs = BLOCK_MS }: KnownHost): void {
  if (!(Number.isInteger(cores) && cores > 0)) throw badInput(`${instance} has ${cores} cores`);
  if (!(loadBlockMs > 0 && HOUR_MS % loadBlockMs === 0))
    throw badInput(`loadBlockMs of ${instance} is ${loadBlockMs}; it must divide an hour`);
  incarnations.forEach(({ from, to }, i) => {
    const before = incarnations[i - 1]?.to ?? Number.NEGATIVE_INFINITY;
    if (!(Number.isInteger(from) && from < to && from >= before))
      throw badInput(
        `incarnation ${i} of ${instance} is empty, overlaps the one before, or is not in whole ms`,
      );
  });
}
