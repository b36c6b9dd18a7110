import { workspaceModel } from "../power/workspace-model.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import { AdaCarbonError } from "../usage/errors.js";
import type { HostSample, HostsSeen } from "../usage/host-source.js";
import { formatInstant } from "../usage/hour.js";
import { CurrentIntensity } from "./current-intensity.js";
import { SAME_BOOT_MS } from "./elapsed.js";
import { type Matched, matchSessions } from "./match.js";
import type { TrackOptions } from "./options.js";
import { withOwners } from "./owner.js";
import { planSite, type SitePlan } from "./plan-site.js";
import { type PollReport, PollTally } from "./report.js";
import { type RunOptions, type RunSummary, runPolls } from "./schedule.js";

/** Follows the workspaces of some sites. */
export interface WorkspaceTracker {
  /** The sites it follows. */
  readonly sites: readonly string[];
  /**
   * Polls once. Calls at the same time go one after the other. Rejects, with nothing stored, if the hosts,
   * the tenures or the store cannot be asked; the next poll makes up for it. Aborted before the sources have
   * answered, it rejects with the signal's reason; after that, it is stored.
   */
  poll(signal?: AbortSignal): Promise<PollReport>;
  /** Polls again and again until the signal aborts; then resolves, with everything stored. */
  run(options: RunOptions): Promise<RunSummary>;
}

/**
 * Follows workspaces poll by poll: which hosts are up, whose they are, what they use, in sessions that are
 * kept in the store.
 *
 * - Energy is counted from where the session was last counted to when the host was last scraped, so doubled,
 *   late and early polls, and those of a wrong clock, count nothing twice. Time beyond `maxElapsedMs` is
 *   `unknownSeconds`: none is invented.
 * - A session opens when a host is seen without one, and starts at its boot; time before it was first seen
 *   counts if the boot is within `maxElapsedMs`. It ends, as of when it was last seen, when the host has
 *   been gone for `graceMs` while the source was watching, or is another's.
 * - All state is in the store: a tracker that starts anew goes on. The sums of a session and how far they
 *   reach are written together, so several trackers on one store count no energy twice; where two write the
 *   same session at once, the later stands, and what the other one added is added again by the next poll.
 *
 * Throws `bad-input` for a site that the source does not know, and for numbers that make no sense.
 *
 * @example
 * import { memoryWorkspaceStore } from "ada-carbon/memory";
 * import { trackWorkspaces } from "ada-carbon/workspaces";
 *
 * let now = Date.parse("2025-09-10T12:00:00Z");
 * const host = { site: "isis", instance: "host-1:9100", project: "IDAaaS", machine: "Muon", user: "amara" };
 * const tracker = trackWorkspaces({
 *   hosts: {
 *     where: "a list",
 *     sites: ["isis"],
 *     activeHosts: async () => ({
 *       hosts: [{ ...host, seenAt: now, bootedAt: null, cores: 4, idleFraction: 0.5, memoryActiveRatio: 0.5 }],
 *       watching: true,
 *       warnings: [],
 *       findings: [],
 *     }),
 *   },
 *   store: memoryWorkspaceStore(),
 *   intensity: { id: "nothing", hasActual: false, periods: async () => [] },
 *   fallbackGco2eqPerKwh: 100,
 *   clock: () => now,
 * });
 * await tracker.poll(); // opens the session
 * now += 60_000;
 * const report = await tracker.poll(); // 4 x 12 W x 0.5 + 6 W x 0.5 + 5 W = 32 W for a minute
 * assert.equal(report.busyKwh + report.idleKwh, 32 / 1000 / 60);
 * assert.equal(report.workspaces[0]?.session.runtimeSeconds, 30);
 */
export function trackWorkspaces(options: TrackOptions): WorkspaceTracker {
  const tracker = new Tracker(options);
  return {
    sites: tracker.sites,
    poll: (signal) => tracker.poll(signal),
    run: (run) => runPolls((signal) => tracker.poll(signal), options.clock ?? Date.now, run),
  };
}

const FIVE_MINUTES_MS = 300_000;

class Tracker {
  readonly sites: readonly string[];
  readonly #options: TrackOptions;
  readonly #model: ReturnType<typeof workspaceModel>;
  readonly #intensity: CurrentIntensity;
  readonly #clock: () => number;
  readonly #maxElapsedMs: number;
  readonly #graceMs: number;
  /** When a poll last had a whole answer; not known to a tracker that has just started. */
  #answeredAt: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: TrackOptions) {
    const { hosts, sites = hosts.sites, model = workspaceModel(), clock = Date.now } = options;
    const { maxElapsedMs = FIVE_MINUTES_MS, graceMs = FIVE_MINUTES_MS } = options;
    for (const site of sites) if (!hosts.sites.includes(site)) throw unknownSite(site, hosts.sites);
    assertPositive("maxElapsedMs", maxElapsedMs);
    assertPositive("graceMs", graceMs);
    this.sites = [...new Set(sites)];
    this.#options = options;
    this.#model = model;
    this.#clock = clock;
    this.#maxElapsedMs = maxElapsedMs;
    this.#graceMs = graceMs;
    this.#intensity = new CurrentIntensity({
      source: options.intensity,
      freshForMs: options.intensityFreshForMs ?? FIVE_MINUTES_MS,
      timeoutMs: options.intensityTimeoutMs ?? 10_000,
      fallbackGco2eqPerKwh: options.fallbackGco2eqPerKwh,
    });
  }

  poll(signal?: AbortSignal): Promise<PollReport> {
    const mine = this.#turn.then(() => withOwnSignal(signal, (own) => this.#poll(own)));
    // Whoever waits for the turn does not care how it went; the caller is told by `mine`.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #poll(signal: AbortSignal): Promise<PollReport> {
    signal.throwIfAborted();
    const { hosts, store } = this.#options;
    const now = Math.round(this.#clock());
    const [seen, intensity] = await Promise.all([
      hosts.activeHosts(this.sites, {
        now,
        idleOverMs: clamp(now - (this.#answeredAt ?? now), this.#maxElapsedMs),
        watchingAt: now - this.#graceMs,
        signal,
      }),
      this.#intensity.at(now, signal),
    ]);
    const samples = Map.groupBy(
      await withOwners(seen.hosts, ownership(this.#options), signal),
      ({ site }) => site,
    );
    signal.throwIfAborted();

    // The store is read after the sources have answered, so that another tracker's writes are seen.
    const active = new Map(
      await Promise.all(this.sites.map(async (site) => [site, await store.active(site)] as const)),
    );
    const whole = seen.warnings.length === 0;
    const rules = {
      model: this.#model,
      gco2eqPerKwh: intensity.value?.gco2eqPerKwh ?? null,
      maxElapsedMs: this.#maxElapsedMs,
      answeredAt: this.#answeredAt ?? lastCount(active),
      goneBefore: whole && seen.watching ? now - this.#graceMs : Number.NEGATIVE_INFINITY,
    };
    const plans: SitePlan[] = [];
    for (const site of this.sites) {
      const onReboot = this.#options.onReboot ?? "continue";
      const matched = matchSessions(samples.get(site) ?? [], active.get(site) ?? [], onReboot);
      plans.push(planSite(site, matched, await this.#past(site, matched, now), rules));
    }
    const changed = plans.flatMap((plan) => plan.changed);
    if (changed.length > 0) await store.save(changed);

    const warnings = [...this.#warningsOf(seen, now), ...intensity.warnings];
    if (whole) this.#answeredAt = now;
    return this.#report(now, plans, intensity.value, warnings);
  }

  /** The sessions that have ended of a site at which hosts need one: from the oldest boot among them on. */
  async #past(site: string, { opening }: Matched, now: number): Promise<WorkspaceSession[]> {
    const boots = opening.flatMap(({ sample, instead }) =>
      instead === undefined && sample.bootedAt !== null ? [sample.bootedAt] : [],
    );
    if (boots.length === 0) return [];
    const from = boots.reduce((a, b) => Math.min(a, b)) - SAME_BOOT_MS;
    const sessions = await this.#options.store.sessions(site, { from, to: now + 1 });
    return sessions.filter(({ endedAt }) => endedAt !== null);
  }

  #warningsOf({ warnings, findings, hosts }: HostsSeen, now: number): string[] {
    const count = (of: (sample: HostSample) => boolean, what: string): string[] => {
      const found = hosts.filter(of).length;
      return found === 0 ? [] : [`${found} of ${hosts.length} hosts ${what}`];
    };
    const setBackBy = (this.#answeredAt ?? now) - now;
    return [
      ...warnings,
      ...(warnings.length === 0 ? [] : ["the answer is not whole, so no absent host is taken to be gone"]),
      ...findings,
      ...count(({ cores }) => cores === null, "have no CPU metrics: their energy is not known"),
      ...count(
        ({ cores, idleFraction }) => cores !== null && idleFraction === null,
        "have no rate yet: their energy is counted when they have",
      ),
      ...count(
        ({ memoryActiveRatio }) => memoryActiveRatio === null,
        "have no memory metrics: their energy is without memory",
      ),
      ...(setBackBy > 0
        ? [
            `the clock was set back by ${setBackBy / 1000} s; nothing is counted until ${formatInstant(now + setBackBy)}`,
          ]
        : []),
    ];
  }

  #report(
    at: number,
    plans: readonly SitePlan[],
    intensity: PollReport["intensity"],
    warnings: readonly string[],
  ): PollReport {
    const tally = new PollTally();
    for (const { poll } of plans) tally.addAll(poll);
    return {
      at,
      model: this.#model.id,
      intensity,
      ...tally.totals,
      sites: plans.map(({ poll }) => poll),
      workspaces: plans.flatMap(({ workspaces }) => workspaces),
      warnings,
    };
  }
}

function ownership({ tenures, groupOf }: TrackOptions): Parameters<typeof withOwners>[1] {
  return { tenures, groupOf };
}

/** When any session was last counted: what a tracker that starts anew knows of the polls before it. */
function lastCount(active: ReadonlyMap<string, readonly WorkspaceSession[]>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const sessions of active.values()) {
    for (const { countedUntil } of sessions) last = Math.max(last, countedUntil);
  }
  return last;
}

/** Runs with a signal that follows the caller's and is let go of afterwards: theirs may live for months. */
async function withOwnSignal<T>(
  theirs: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const forward = (): void => own.abort(theirs?.reason);
  if (theirs?.aborted === true) forward();
  theirs?.addEventListener("abort", forward);
  try {
    return await work(own.signal);
  } finally {
    theirs?.removeEventListener("abort", forward);
  }
}

function clamp(ms: number, most: number): number {
  return Math.min(Math.max(ms, 0), most);
}

function assertPositive(name: string, ms: number): void {
  if (ms > 0 && Number.isFinite(ms)) return;
  throw new AdaCarbonError("bad-input", `${name} is ${ms}; it must be a positive number of milliseconds`);
}

function unknownSite(site: string, known: readonly string[]): AdaCarbonError {
  return new AdaCarbonError(
    "bad-input",
    `there is no site ${JSON.stringify(site)}; known are ${known.join(", ")}`,
  );
}
