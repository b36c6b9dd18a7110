import { type FinishedHour, type Hour, INTERVAL, type Interval } from "./hour.js";
import type { ModePolicy } from "./modes.js";
import {
  type ArgumentRules,
  assertArguments,
  CALLBACK,
  LIST,
  OBJECT,
  optional,
  optionsBy,
  port,
  type Rule,
  SIGNAL,
  TEXT,
  TEXTS,
} from "./options.js";

/** Who a host belongs to, by its labels. A label that is absent or empty is `null`. */
export interface Host {
  /**
   * The name of one machine, such as `host-172-16-100-116.nubes.stfc.ac.uk:9100`: its instance label, followed by its
   * project in brackets where two machines have that label at once. Empty where a row is an owner's.
   */
  readonly instance: string;
  /** The instance label, where that is not the machine's name. */
  readonly address?: string | undefined;
  readonly project: string;
  /** Machine name: the type of workspace, such as `Artemis (Matlab)`. */
  readonly machine: string | null;
  readonly user: string | null;
}

/** Something about the data that an operator should know and that the numbers already allow for. */
export interface Finding {
  readonly kind:
    | "impossible-cpu-seconds"
    | "not-a-number"
    | "histogram"
    /** A counter fell although its machine did not boot. */
    | "counter-fell"
    /** One machine under two names, or two machines under one. */
    | "identity"
    /** A boot time that cannot be one, or a clock that was set. */
    | "clock";
  readonly message: string;
}

/**
 * CPU-seconds of some hosts over some hours, as matrices: host `h` in hour `t` is at `h * hours.length + t`.
 * One instance appears once for every set of labels it had.
 */
export interface CpuHours {
  /** Ascending. */
  readonly hours: readonly FinishedHour[];
  readonly hosts: readonly Host[];
  /** CPU-seconds; NaN where nothing was observed. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
  /** Of all modes, those that count as neither busy nor idle included; without what was spread. */
  readonly observedCpuSeconds: Float64Array;
  /**
   * What the counters gained over a time without scrapes that reaches over the edge of an hour, spread by time over
   * its hours. It is part of busy and idle, and not of observed. Not given: nothing was spread.
   */
  readonly spreadCpuSeconds?: Float64Array | undefined;
  /** CPU-seconds of ticking CPUs while the host is known to have been up; 0 where it was not. */
  readonly expectedCpuSeconds: Float64Array;
  /** 1 where the source has not been heard beyond the hour of that host, so that more may come. Not given: nowhere. */
  readonly unsettled?: Uint8Array | undefined;
  /** What happened to a host in an hour and what was done about it, by cell, in sentences. Not given: nothing. */
  readonly notes?: ReadonlyMap<number, readonly string[]> | undefined;
  /** 1 where the source says what cannot be, so that the hour is not to be relied on. Not given: nowhere. */
  readonly doubted?: Uint8Array | undefined;
  /** From when to when in the hour the host is known to have been up, UTC milliseconds; NaN where not known. */
  readonly upFrom: Float64Array;
  readonly upTo: Float64Array;
  /** For each hour, whether the source has anything at all: what is absent then is zero, not missing. */
  readonly answered: readonly boolean[];
  /** For each hour, whether the source has been heard beyond its end. Not given: always. */
  readonly heardBeyond?: readonly boolean[] | undefined;
  /** For each hour, how many scrapes of all hosts the source has now: to tell later whether more have come. */
  readonly scrapes?: Float64Array | undefined;
  /** Hours before the first one of which these hours' counters say more than was known: they can be measured again. */
  readonly reopened?: readonly FinishedHour[] | undefined;
  /** What the source itself says is missing from its answer. If there is any, no hour is complete. */
  readonly warnings: readonly string[];
  /** Which part of the source could not be asked, where it is made of several. Not given: none. */
  readonly missing?: MissingPart | undefined;
  readonly findings: readonly Finding[];
}

/** A part of a source, such as one of several servers, of which the hosts are not known. */
export interface MissingPart {
  /** Which part it is and why, in a line each. */
  readonly reasons: readonly string[];
  /** The projects that have no host in it. Of everything else a part may be missing. */
  readonly wholeProjects: readonly string[];
}

/** Hours that could not be got, and why. */
export interface CpuGap {
  readonly hours: readonly FinishedHour[];
  readonly error: Error;
}

/** What a {@link CpuSource} is asked: which hours of which projects. */
export interface CpuRequest {
  /** Ascending; need not be contiguous. */
  readonly hours: readonly FinishedHour[];
  readonly projects: readonly string[];
  readonly modes: ModePolicy;
}

/** How a {@link CpuSource} is asked. */
export interface CpuCallOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Told of each part of the source that cannot be asked, such as one of several servers; the answer is then that of
   * the others. Without it such a call rejects, so that nobody takes a part for the whole.
   */
  readonly onMissing?: ((error: Error) => void) | undefined;
}

/** Parts of hours, in equal steps: step `s` of instance `i` is at `i * count + s`. */
export interface CpuSlices {
  readonly instances: readonly string[];
  /** Start of the first step, UTC milliseconds. */
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
  /** CPU-seconds; NaN where nothing was observed. */
  readonly busyCpuSeconds: Float64Array;
  readonly idleCpuSeconds: Float64Array;
}

/** Hours of some hosts, to be had in smaller steps. */
export interface SliceRequest {
  /** Both ends on the hour. */
  readonly interval: Interval;
  readonly instances: readonly string[];
  readonly modes: ModePolicy;
}

/** Hosts of which one scrape of a time is asked for: the first or the last there is. */
export interface HostScrapesRequest {
  readonly interval: Interval;
  readonly which: "first" | "last";
  readonly instances: readonly string[];
  readonly projects: readonly string[];
  readonly modes: ModePolicy;
}

/** What the counters of a host had come to at one scrape. */
export interface HostScrape {
  readonly instance: string;
  /** UTC milliseconds. */
  readonly time: number;
  /** UTC milliseconds; NaN where it does not say. */
  readonly bootTime: number;
  /** CPUs that have counters. */
  readonly cpus: number;
  /** CPU-seconds since they began to count. */
  readonly busyCpuSeconds: number;
  readonly idleCpuSeconds: number;
  /** Of all modes, those that count as neither busy nor idle included. */
  readonly totalCpuSeconds: number;
}

/** Scrapes of some hosts, and what the source itself says is missing from its answer. */
export interface HostScrapes {
  readonly scrapes: readonly HostScrape[];
  readonly warnings: readonly string[];
}

/** Hours of which the scrapes are to be counted. */
export interface ScrapesRequest {
  /** Both ends on the hour. */
  readonly interval: Interval;
  readonly projects: readonly string[];
}

/** Anything that knows how many CPU-seconds hosts were busy and idle. Prometheus is one. */
export interface CpuSource {
  /** Names the source in messages, without credentials. */
  readonly where: string;
  /**
   * What a row of a batch is: a host, or all hosts of one project, machine and user together. Owners have no
   * hosts to store, to attribute by tenures or to learn averages from. Default `hosts`.
   */
  readonly rows?: "hosts" | "owners" | undefined;
  /** The projects with any host in the interval, or ever if no interval is given; sorted. */
  projects(interval: Interval | undefined, options?: CpuCallOptions): Promise<string[]>;
  /** Every hour of the request exactly once, in batches of the source's choosing, ascending. */
  cpuHours(request: CpuRequest, options?: CpuCallOptions): AsyncIterable<CpuHours | CpuGap>;
  /**
   * How many scrapes of all hosts the source has of each hour now, for the hours in which it has any: cheap, so that
   * recent hours can be compared at every run with what was there when they were measured.
   */
  scrapes?(request: ScrapesRequest, options?: CpuCallOptions): Promise<ReadonlyMap<Hour, number>>;
  /**
   * Whether it counts scrapes and is of parts that may be away one by one, as several servers are. Then an incomplete
   * hour whose scrapes were not counted is one that a part was missing from, and is measured again however old.
   */
  readonly tellsMissingParts?: boolean | undefined;
  /** As `cpuHours` in steps of minutes, of few hosts and hours: to split an hour by what was really used. */
  cpuSlices?(request: SliceRequest, options?: CpuCallOptions): Promise<CpuSlices>;
  /**
   * The first or the last scrape of some hosts in a time: where each of two sources has a host at one side of a gap, what
   * its counters gained in it is the difference.
   */
  hostScrapes?(request: HostScrapesRequest, options?: CpuCallOptions): Promise<HostScrapes>;
}

const CPU_CALL: Rule = optional(
  optionsBy<CpuCallOptions>({ signal: optional(SIGNAL), onMissing: optional(CALLBACK) }),
);
/** What the calls of a {@link CpuSource} take that give a promise. */
export const CPU_SOURCE_CALLS: Readonly<
  Record<"projects" | "scrapes" | "cpuSlices" | "hostScrapes", ArgumentRules>
> = {
  projects: { interval: optional(INTERVAL), options: CPU_CALL },
  scrapes: { request: optionsBy<ScrapesRequest>({ interval: INTERVAL, projects: TEXTS }), options: CPU_CALL },
  cpuSlices: {
    request: optionsBy<SliceRequest>({ interval: INTERVAL, instances: TEXTS, modes: OBJECT }),
    options: CPU_CALL,
  },
  hostScrapes: {
    request: optionsBy<HostScrapesRequest>({
      interval: INTERVAL,
      which: TEXT,
      instances: TEXTS,
      projects: TEXTS,
      modes: OBJECT,
    }),
    options: CPU_CALL,
  },
};

const CPU_HOURS: ArgumentRules = {
  request: optionsBy<CpuRequest>({ hours: LIST, projects: TEXTS, modes: OBJECT }),
  options: CPU_CALL,
};

/** Refuses (`bad-input`) what cannot be asked of `cpuHours`. */
export function assertCpuRequest(request: CpuRequest, options: CpuCallOptions | undefined): void {
  assertArguments("cpuHours of a CpuSource", [request, options], CPU_HOURS);
}

/** What an option must be that is a {@link CpuSource}. */
export const CPU_SOURCE: Rule = port("CpuSource", ["projects", "cpuHours"], "where");

/** Whether a batch is one that could not be got. */
export function isGap(batch: CpuHours | CpuGap): batch is CpuGap {
  return "error" in batch;
}
