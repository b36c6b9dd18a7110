import {
  AMOUNT,
  type ArgumentRules,
  optional,
  optionsBy,
  port,
  type Rule,
  SIGNAL,
  TEXTS,
} from "./options.js";

/** A host that is up. What is not known of it is `null`, never 0. */
export interface HostSample {
  /** The site it was asked for by, such as `isis`. */
  readonly site: string;
  /** Such as `host-172-16-100-116.nubes.stfc.ac.uk:9100`; never empty. */
  readonly instance: string;
  readonly project: string;
  readonly machine: string | null;
  readonly user: string | null;
  /** When it was last really observed, at or before the time of the question; UTC milliseconds, whole. */
  readonly seenAt: number;
  /** When it booted; UTC milliseconds, whole. */
  readonly bootedAt: number | null;
  readonly cores: number | null;
  /** Idle CPU time / all CPU time over the last while, 0 to 1. */
  readonly idleFraction: number | null;
  /** Active memory / all memory, 0 to 1. */
  readonly memoryActiveRatio: number | null;
}

/** The answer to who is up. */
export interface HostsSeen {
  /** One a host; of two with the same project and instance, the one seen last. */
  readonly hosts: readonly HostSample[];
  /**
   * Whether the source was observing already at `watchingAt`, so that a host that is absent is gone. A source
   * that has been away itself cannot know.
   */
  readonly watching: boolean;
  /** What the source itself says is missing from its answer. If there is any, absence means nothing. */
  readonly warnings: readonly string[];
  /** Sites of which hosts may be missing, so that absence there means nothing. Not given: none. */
  readonly unheardSites?: readonly string[] | undefined;
  /** What else an operator should know of the data. */
  readonly findings: readonly string[];
}

/** How a {@link HostSource} is asked. */
export interface HostCallOptions {
  /** The instant asked about, UTC milliseconds. */
  readonly now: number;
  /** How far back the idle fraction is wanted at least, milliseconds. A source has a shortest of its own. */
  readonly idleOverMs?: number | undefined;
  /** See {@link HostsSeen.watching}; UTC milliseconds. Default: `now`. */
  readonly watchingAt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Anything that knows which hosts are up and what they are doing. Prometheus is one. */
export interface HostSource {
  /** Names the source in messages, without credentials. */
  readonly where: string;
  /** The sites it knows. */
  readonly sites: readonly string[];
  /** All hosts that are up, of these sites. `bad-input` for a site that it does not know. */
  activeHosts(sites: readonly string[], options: HostCallOptions): Promise<HostsSeen>;
}

/** What the call of a {@link HostSource} takes. */
export const HOST_SOURCE_CALLS: Readonly<Record<"activeHosts", ArgumentRules>> = {
  activeHosts: {
    sites: TEXTS,
    options: optionsBy<HostCallOptions>({
      now: AMOUNT,
      idleOverMs: optional(AMOUNT),
      watchingAt: optional(AMOUNT),
      signal: optional(SIGNAL),
    }),
  },
};

/** What an option must be that is a {@link HostSource}. */
export const HOST_SOURCE: Rule = port("HostSource", ["activeHosts"]);
