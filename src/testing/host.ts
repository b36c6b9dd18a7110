import { AdaCarbonError } from "../usage/errors.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { type BootTimeReading, TRUE_BOOT_TIME } from "./boot-times.js";
import type { CounterFault } from "./counter-faults.js";
import { CpuTime } from "./counters.js";
import type { HostDescription, Incarnation, LateArrival, OfflineCpus } from "./host-description.js";
import { type LabelSpan, labelSpans } from "./label-spans.js";
import { BLOCK_MS, type Load } from "./load.js";

/** One simulated virtual machine with an exporter. */
export interface SimulatedHost {
  readonly instance: string;
  readonly project: string;
  readonly machine: string;
  readonly user: string | null;
  /** The labels of all its series: instance, job, cloud_project_name, machine_name, user and any others. At first. */
  readonly labels: Readonly<Record<string, string>>;
  /** How many cpus it has when all of them are online. */
  readonly cores: number;
  readonly offlineCpus: readonly OfflineCpus[];
  readonly memoryBytes: number;
  readonly incarnations: readonly Incarnation[];
  /** When in the scrape interval its first target is scraped. */
  readonly phaseMs: number;
  readonly scrapeMs: number;
  readonly scrapeJitterMs: number;
  /** What the jitter and the missed scrapes are drawn from. */
  readonly scrapeSeed: number;
  readonly missedScrapesPerMille: number;
  readonly outages: readonly Interval[];
  readonly exporterDelayMs: number;
  /** As what it is scraped: mostly one. */
  readonly targets: readonly SimulatedTarget[];
  readonly lateArrivals: readonly LateArrival[];
  readonly counterFaults: readonly CounterFault[];
  readonly bootTime: BootTimeReading | null;
  readonly load: Load;
  readonly loadBlockMs: number;
  /** What each cpu did, whether the host was up or not; counters are differences of it. */
  readonly cpuTime: CpuTime;
}

/** What Prometheus scrapes of a host. */
export interface SimulatedTarget {
  /** Its labels over time. */
  readonly labelSpans: readonly LabelSpan[];
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
  const { instance, job, project, machine, user, cores, incarnations, phaseMs } = known;
  const {
    offlineCpus = [],
    outages = [],
    lateArrivals = [],
    counterFaults = [],
    bootTime = TRUE_BOOT_TIME,
  } = known;
  const { scrapeJitterMs = 0, missedScrapesPerMille = 0, exporterDelaySeconds = 0 } = known;
  const loadBlockMs = known.loadBlockMs ?? BLOCK_MS;
  const ownScrapeMs = known.scrapeSeconds === undefined ? scrapeMs : Math.round(known.scrapeSeconds * 1000);
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
  ): SimulatedTarget => ({
    labelSpans: labelSpans(labels, known.labelChanges ?? [], own),
    phaseMs: phase,
    outages: silent,
  });
  const further = (known.alsoScrapedAs ?? []).map((target) =>
    targetOf(target.labels, target.phaseMs ?? phaseMs + Math.floor(ownScrapeMs / 2), target.outages ?? []),
  );
  return {
    instance: labels.instance,
    project: labels.cloud_project_name,
    machine: labels.machine_name,
    user: labels.user ?? null,
    labels,
    cores,
    offlineCpus,
    memoryBytes: cores * 4 * GIB,
    incarnations,
    phaseMs,
    scrapeMs: ownScrapeMs,
    scrapeJitterMs,
    scrapeSeed,
    missedScrapesPerMille,
    outages,
    exporterDelayMs: exporterDelaySeconds * 1000,
    targets: [targetOf({}, phaseMs, []), ...further],
    lateArrivals,
    counterFaults,
    bootTime,
    load,
    loadBlockMs,
    cpuTime: new CpuTime(load, cores, origin, { blockMs: loadBlockMs, offline: offlineCpus }),
  };
}

function assertPossible({ instance, cores, incarnations, loadBlockMs = BLOCK_MS }: KnownHost): void {
  if (!(Number.isInteger(cores) && cores > 0)) throw bad(`${instance} has ${cores} cores`);
  if (!(loadBlockMs > 0 && HOUR_MS % loadBlockMs === 0))
    throw bad(`loadBlockMs of ${instance} is ${loadBlockMs}; it must divide an hour`);
  incarnations.forEach(({ from, to }, i) => {
    const before = incarnations[i - 1]?.to ?? Number.NEGATIVE_INFINITY;
    if (!(Number.isInteger(from) && from < to && from >= before))
      throw bad(`incarnation ${i} of ${instance} is empty, overlaps the one before, or is not in whole ms`);
  });
}

export function bad(message: string): AdaCarbonError {
  return new AdaCarbonError("bad-input", message);
}
