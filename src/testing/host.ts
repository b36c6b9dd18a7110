import { badInput } from "../usage/errors.js";
import { HOUR_MS, type Interval } from "../usage/hour.js";
import { TRUE_BOOT_TIME } from "./boot-times.js";
import { CpuTime } from "./counters.js";
import type { DrawnHost } from "./draw-host.js";
import type { HostDescription, ScrapeChange } from "./host-description.js";
import { type LabelSpan, labelSpans } from "./label-spans.js";
import { BLOCK_MS, type Load } from "./load.js";

/** What a description has in another form than a {@link SimulatedHost}. */
type InAnotherForm =
  | "job"
  | "labels"
  | "labelChanges"
  | "alsoScrapedAs"
  | "scrapeSeconds"
  | "scrapeChanges"
  | "exporterDelaySeconds";

/** One simulated virtual machine with an exporter. */
export interface SimulatedHost extends Required<Omit<HostDescription, InAnotherForm>> {
  /** The labels of all its series: instance, job, cloud_project_name, machine_name, user and any others. At first. */
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryBytes: number;
  /** The most that it ever is between two scrapes. */
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
  /** How often and when in that time it is scraped, over time. */
  readonly schedule: readonly ScrapeSpan[];
  readonly outages: readonly Interval[];
}

/** A time, `[from, to)` in UTC ms, in which a target is scraped at the same beat. */
export interface ScrapeSpan extends Interval {
  readonly scrapeMs: number;
  readonly phaseMs: number;
}

/** A description in which everything is there that identifies a host. */
type KnownHost = DrawnHost & HostDescription;

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
    scrapeChanges = [],
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
  const schedule = scrapeSpans({ scrapeMs: ownScrapeMs, phaseMs }, scrapeChanges);
  const own = { labelSpans: labelSpans(labels, labelChanges), schedule, outages: [] };
  const further = alsoScrapedAs.map((target): SimulatedTarget => {
    const everyMs = target.scrapeSeconds === undefined ? ownScrapeMs : target.scrapeSeconds * 1000;
    const phase = target.phaseMs ?? phaseMs + Math.floor(everyMs / 2);
    return {
      labelSpans: labelSpans(labels, labelChanges, target.labels),
      schedule: scrapeSpans({ scrapeMs: everyMs, phaseMs: phase }, []),
      outages: target.outages ?? [],
    };
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
    scrapeMs: Math.max(...schedule.map(({ scrapeMs: everyMs }) => everyMs)),
    scrapeSeed,
    exporterDelayMs: exporterDelaySeconds * 1000,
    targets: [own, ...further],
    load,
    cpuTime: new CpuTime(load, cores, origin, { blockMs: loadBlockMs, offline: offlineCpus }),
  };
}

/** The beats of a target over time, oldest first, without a gap. */
function scrapeSpans(
  first: Pick<ScrapeSpan, "scrapeMs" | "phaseMs">,
  changes: readonly ScrapeChange[],
): ScrapeSpan[] {
  const spans: ScrapeSpan[] = [];
  let [beat, from] = [first, Number.NEGATIVE_INFINITY];
  for (const { at, scrapeSeconds, phaseMs = beat.phaseMs } of changes) {
    spans.push({ ...beat, from, to: at });
    beat = { scrapeMs: scrapeSeconds === undefined ? beat.scrapeMs : scrapeSeconds * 1000, phaseMs };
    from = at;
  }
  return [...spans, { ...beat, from, to: Number.POSITIVE_INFINITY }];
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
