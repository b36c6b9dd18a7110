import type { Interval } from "../usage/hour.js";
import type { BootTimeReading } from "./boot-times.js";
import type { CounterFault } from "./counter-faults.js";
import type { Load } from "./load.js";

/** One run of a host, from boot to shutdown: `[from, to)` in UTC ms; `to` is Infinity while it runs on. */
export type Incarnation = Interval;

/** Labels that a host has from an instant on. Labels that are not named stay; `null` takes one away. */
export interface LabelChange {
  /** UTC milliseconds; scrapes at it have the new labels. */
  readonly at: number;
  /** By label name, such as `{ user: "bob" }` or `{ cloud_project_name: "CDAaaS" }`. */
  readonly labels: Readonly<Record<string, string | null>>;
}

/** How a host is scraped from an instant on, as when a scrape configuration is changed. What is not named stays. */
export interface ScrapeChange {
  /** UTC milliseconds; scrapes at it are made the new way. */
  readonly at: number;
  readonly scrapeSeconds?: number;
  readonly phaseMs?: number;
}

/** A further scrape target that is the same machine, as when service discovery makes one of each network interface. */
export interface TargetDescription {
  /** Labels that differ from those of the host. */
  readonly labels: Readonly<Record<string, string>>;
  /** When in the scrape interval it is scraped. Default: half an interval after the host itself. */
  readonly phaseMs?: number;
  /** Seconds between its scrapes. Default: the host's. */
  readonly scrapeSeconds?: number;
  /** Times in which this target was not scraped. */
  readonly outages?: readonly Interval[];
}

/**
 * A time in which some cpus of a host do not tick, `[from, to)` in UTC ms, either of which may be infinite. A cpu that
 * is offline until an instant is one that is plugged in then; its counters start at 0 there.
 */
export interface OfflineCpus extends Interval {
  readonly cpus: readonly number[];
  /** Whether the exporter goes on to report the counters as they stood, or leaves them out. */
  readonly series: "stand still" | "absent";
}

/** Scrapes of a time, `[from, to)` in UTC ms, that reach the storage only later. */
export interface LateArrival extends Interval {
  /** So many seconds after the scrape. */
  readonly afterSeconds?: number;
  /** All at this instant, UTC ms, those later than it at once. */
  readonly at?: number;
}

/** What a caller may fix of a host. Whatever identifies it and is left out is drawn from the seed; the rest is usual. */
export interface HostDescription {
  /** Such as `host-172-16-100-116.nubes.stfc.ac.uk:9100`. Two hosts may share one. */
  readonly instance?: string;
  readonly job?: string;
  readonly project?: string;
  readonly machine?: string;
  /** `null` for a host without the label `user`. */
  readonly user?: string | null;
  /** Further labels; they win over the ones above. */
  readonly labels?: Readonly<Record<string, string>>;
  /** In order of time. */
  readonly labelChanges?: readonly LabelChange[];
  /** How many cpus it has when all of them are online. */
  readonly cores?: number;
  /** Default: all cpus tick while the host is up. */
  readonly offlineCpus?: readonly OfflineCpus[];
  /** In order and apart from one another. The CPU counters start at 0 at each `from`. */
  readonly incarnations?: readonly Incarnation[];
  /** What its cpus do; must be pure. */
  readonly load?: Load;
  /** For how long the load is constant, on the UTC grid. A divisor of an hour; five minutes by default. */
  readonly loadBlockMs?: number;

  /** When in the scrape interval the host is scraped, milliseconds after the UTC grid. */
  readonly phaseMs?: number;
  /** Seconds between its scrapes. Default: the cluster's. */
  readonly scrapeSeconds?: number;
  /** In order of time. Not of further targets, which have a schedule of their own. */
  readonly scrapeChanges?: readonly ScrapeChange[];
  /** Each scrape comes up to so many milliseconds late, less than the time between two. Default 0. */
  readonly scrapeJitterMs?: number;
  /** So many of a thousand scrapes fail, one here and one there. Default 0. */
  readonly missedScrapesPerMille?: number;
  /** Times in which it was not scraped although it ran. */
  readonly outages?: readonly Interval[];
  /**
   * Whether Prometheus goes on trying while the host is down or its exporter does not answer, so that `up` is 0 there.
   * Default: the target is then gone, as where service discovery takes it away.
   */
  readonly recordsFailedScrapes?: boolean;
  /** How long after each boot the exporter answers. Default 0. */
  readonly exporterDelaySeconds?: number;
  /** Further targets that are this same machine. Its truth counts once. */
  readonly alsoScrapedAs?: readonly TargetDescription[];
  /** Scrapes that the storage gets late. */
  readonly lateArrivals?: readonly LateArrival[];

  /** What the exporter says of the counters that is not so. */
  readonly counterFaults?: readonly CounterFault[];
  /** What the exporter says of the boot time; `null` if nothing at all. Default: the truth. */
  readonly bootTime?: BootTimeReading | null;
}
