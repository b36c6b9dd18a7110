import { withoutForgotten } from "../attribution/forgotten-users.js";
import { sourcesOf } from "../intensity/project-grids.js";
import { type WorkspaceModel, workspaceModel } from "../power/workspace-model.js";
import type { WorkspaceSession } from "../stores/workspace-store.js";
import { assertOneBasis } from "../sync/one-basis.js";
import { limitTo } from "../transport/limit.js";
import { type AdaCarbonError, badInput, isAdaCarbonError } from "../usage/errors.js";
import { HOUR_MS, hourOf } from "../usage/hour.js";
import type { Logger } from "../usage/logger.js";
import { didYouMean } from "../usage/nearest-name.js";
import { assertOptions } from "../usage/options.js";
import { SAME_BOOT_MS } from "../usage/physical.js";
import { inSpan } from "../usage/tracer.js";
import { CurrentGridIntensities, type CurrentGrids } from "./current-intensity.js";
import { type Matched, matchSessions } from "./match.js";
import { TRACK_OPTIONS, type TrackOptions } from "./options.js";
import { withOwnSignal } from "./own-signal.js";
import { withOwners } from "./owner.js";
import { planSite, type SitePlan } from "./plan-site.js";
import { pollWarnings } from "./poll-warnings.js";
import { type PollReport, PollTally } from "./report.js";
import { type RunOptions, type RunSummary, runPolls } from "./schedule.js";
import { type HourSettler, hourSettler, NO_HOURS, type Settled } from "./settle-hours.js";

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
 * - With `usage`, what was counted in an hour also becomes rows of `ada`, project, machine, user, group and host
 *   when it is over and all hosts have been counted to its end; ten minutes later at the latest, with the
 *   defaults. Their coverage is the share of the hosts' time up that was counted; their model begins with
 *   `TRACKED`. Until then the hour is in the sessions, so a tracker that is killed loses and doubles nothing. If
 *   the hour cannot be stored, the report warns, and the next poll tries again. Hours that sync has measured
 *   stay as they are, unless `measuredHours` says otherwise.
 *
 * The store of usage has one basis: the first poll rejects with `bad-input` where `intensity` is of another one.
 *
 * Throws `bad-input` for a site that the source does not know, and for numbers that make no sense.
 *
 * @example
 * import assert from "node:assert/strict";
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
 *
 * @example
 * import assert from "node:assert/strict";
 * import { memoryUsageStore, memoryWorkspaceStore } from "ada-carbon/memory";
 * import { trackWorkspaces } from "ada-carbon/workspaces";
 *
 * const noon = Date.parse("2025-09-10T12:00:00Z");
 * let now = noon;
 * const host = { site: "isis", instance: "host-1:9100", project: "IDAaaS", machine: "Muon", user: "amara" };
 * const load = { bootedAt: noon, cores: 4, idleFraction: 0.5, memoryActiveRatio: 0.5 };
 * const usage = memoryUsageStore();
 * const tracker = trackWorkspaces({
 *   hosts: {
 *     where: "a list",
 *     sites: ["isis"],
 *     activeHosts: async () => {
 *       return { hosts: [{ ...host, ...load, seenAt: now }], watching: true, warnings: [], findings: [] };
 *     },
 *   },
 *   store: memoryWorkspaceStore(),
 *   usage,
 *   intensity: { id: "nothing", hasActual: false, periods: async () => [] },
 *   fallbackGco2eqPerKwh: 100,
 *   clock: () => now,
 * });
 * for (let minute = 0; minute <= 62; minute++) {
 *   now = noon + minute * 60_000;
 *   await tracker.poll();
 * }
 * const row = await usage.read({ kind: "user", name: "amara" }, { from: noon, to: noon + 1 });
 * assert.equal(row.status[0], "processed");
 * assert.ok(Math.abs((row.busyKwh[0] ?? 0) - 0.016) < 1e-12); // half of 32 W for an hour
 */
export function trackWorkspaces(options: TrackOptions): WorkspaceTracker {
  assertOptions("trackWorkspaces", options, TRACK_OPTIONS);
  const tracker = new Tracker(options);
  return {
    sites: tracker.sites,
    poll: (signal) => tracker.poll(signal),
    run: (run) =>
      runPolls((signal) => tracker.poll(signal, run.signal), options.clock ?? Date.now, {
        ...run,
        onPoll(outcome) {
          // A poll that fails does not end a run, so nobody else is told of it.
          if (outcome.report === undefined) options.logger?.error({ err: outcome.error }, "poll failed");
          return run.onPoll?.(outcome);
        },
      }),
  };
}

const FIVE_MINUTES_MS = 300_000;
/** Who looks for watts does not wait for the grid: what it says later is for the next poll. */
const INTENSITY_PATIENCE_MS = 1_000;

class Tracker {
  readonly sites: readonly string[];
  readonly #options: TrackOptions;
  readonly #model: WorkspaceModel;
  readonly #intensity: CurrentGridIntensities;
  readonly #clock: () => number;
  readonly #maxElapsedMs: number;
  readonly #graceMs: number;
  readonly #keepMs: number;
  readonly #settler: HourSettler | undefined;
  /** When a poll last had a whole answer of each site; not known to a tracker that has just started. */
  readonly #answeredAt = new Map<string, number>();
  readonly #inTurn = limitTo(1);

  constructor(options: TrackOptions) {
    const { hosts, sites = hosts.sites, model = workspaceModel(), clock = Date.now } = options;
    const { maxElapsedMs = FIVE_MINUTES_MS, graceMs = FIVE_MINUTES_MS } = options;
    for (const site of sites) if (!hosts.sites.includes(site)) throw unknownSite(site, hosts.sites);
    this.sites = [...new Set(sites)];
    this.#options = options;
    this.#model = model;
    this.#clock = clock;
    this.#maxElapsedMs = maxElapsedMs;
    this.#graceMs = graceMs;
    this.#keepMs = Math.max(HOUR_MS, 2 * (maxElapsedMs + graceMs));
    this.#settler = hourSettler(options, this.sites, {
      waitMs: maxElapsedMs + graceMs,
      graceMs,
      keepMs: this.#keepMs,
    });
    this.#intensity = new CurrentGridIntensities(options.intensity, {
      freshForMs: options.intensityFreshForMs ?? FIVE_MINUTES_MS,
      timeoutMs: options.intensityTimeoutMs ?? 10_000,
      fallbackGco2eqPerKwh: options.fallbackGco2eqPerKwh,
    });
  }

  /** @param running Of a run, in which another poll follows. */
  poll(signal?: AbortSignal, running?: AbortSignal): Promise<PollReport> {
    return this.#inTurn(() => withOwnSignal(signal, (own) => this.#tracedPoll(own, running)));
  }

  async #tracedPoll(signal: AbortSignal, running: AbortSignal | undefined): Promise<PollReport> {
    const { tracer, logger } = this.#options;
    const poll = (): Promise<PollReport> => this.#poll(signal, running);
    const report = await inSpan(tracer, "ada_carbon.poll", {}, poll, ({ hosts, opened, closed }) => ({
      "ada_carbon.hosts": hosts,
      "ada_carbon.sessions.opened": opened,
      "ada_carbon.sessions.closed": closed,
    }));
    if (logger !== undefined) logPoll(logger, report);
    return report;
  }

  async #poll(signal: AbortSignal, running: AbortSignal | undefined): Promise<PollReport> {
    signal.throwIfAborted();
    const { hosts, store, intensity: grids, usage } = this.#options;
    if (this.#answeredAt.size === 0 && usage !== undefined)
      await assertOneBasis(sourcesOf(grids), usage, { signal });
    const now = Math.round(this.#clock());
    const answeredAt = this.#lastAnswer();
    const [seen, intensity] = await Promise.all([
      hosts.activeHosts(this.sites, {
        now,
        idleOverMs: Math.min(Math.max(now - (answeredAt ?? now), 0), this.#maxElapsedMs),
        watchingAt: now - this.#graceMs,
        signal,
      }),
      this.#intensityOf(now, signal, running),
    ]);
    const owned = await withOwners(seen.hosts, this.#options, signal);
    const samples = Map.groupBy(await withoutForgotten(owned, store, signal), ({ site }) => site);
    signal.throwIfAborted();

    // The store is read after the sources have answered, so that another tracker's writes are seen.
    const active = await this.#active();
    const heard = new Set(seen.warnings.length === 0 ? this.sites : []);
    for (const site of seen.unheardSites ?? []) heard.delete(site);
    const rules = {
      model: this.#model,
      intensityOf: (project: string) => intensityOf(intensity, project),
      firstHour: this.#settler === undefined ? null : hourOf(now - this.#keepMs),
      maxElapsedMs: this.#maxElapsedMs,
    };
    const plans: SitePlan[] = [];
    for (const site of this.sites) {
      const onReboot = this.#options.onReboot ?? "continue";
      const matched = matchSessions(samples.get(site) ?? [], active.get(site) ?? [], onReboot);
      plans.push(
        planSite(site, matched, await this.#past(site, matched, now), {
          ...rules,
          answeredAt: this.#answeredAt.get(site) ?? lastCount(active),
          goneBefore: heard.has(site) && seen.watching ? now - this.#graceMs : Number.NEGATIVE_INFINITY,
        }),
      );
    }
    const changed = plans.flatMap((plan) => plan.changed);
    if (changed.length > 0) await store.save(changed);
    const settled = await this.#settle([...active.values()].flat(), changed, now);

    const warnings = [...pollWarnings(seen, now, answeredAt), ...intensity.warnings, ...settled.warnings];
    for (const site of heard) this.#answeredAt.set(site, now);
    return this.#report(now, plans, intensity, settled.hours, warnings);
  }

  /** An hour that is stored as it was counted would be without carbon, so where there are such hours a poll waits. */
  #intensityOf(now: number, signal: AbortSignal, running: AbortSignal | undefined): Promise<CurrentGrids> {
    return running === undefined || this.#settler !== undefined
      ? this.#intensity.at(now, signal)
      : this.#intensity.at(now, running, INTENSITY_PATIENCE_MS);
  }

  /** When the site that was last heard longest ago was; not known as long as one has not been heard. */
  #lastAnswer(): number | undefined {
    const answers = this.sites.map((site) => this.#answeredAt.get(site));
    return answers.includes(undefined) ? undefined : Math.min(...answers.map((at) => at ?? Number.NaN));
  }

  /** The sessions that go on, by site. One that a poll wrote back while its user was being forgotten loses the user again. */
  async #active(): Promise<ReadonlyMap<string, WorkspaceSession[]>> {
    const { store } = this.#options;
    const read = async (site: string): Promise<[string, WorkspaceSession[]]> => [
      site,
      await store.active(site),
    ];
    const active = new Map(await Promise.all(this.sites.map(read)));
    const names = [...active.values()].flat().flatMap(({ user }) => user ?? []);
    const forgotten = await store.forgottenAmong(names);
    if (forgotten.size === 0) return active;
    for (const name of forgotten) await store.forgetUser(name);
    return new Map(await Promise.all(this.sites.map(read)));
  }

  /** The sessions are stored already: if hours cannot be, the poll says so, and the next one tries again. */
  async #settle(
    read: readonly WorkspaceSession[],
    changed: readonly WorkspaceSession[],
    now: number,
  ): Promise<Settled> {
    if (this.#settler === undefined) return NO_HOURS;
    try {
      return await this.#settler.settle(read, changed, now);
    } catch (error) {
      const why = isAdaCarbonError(error) ? error.message : String(error);
      return { ...NO_HOURS, warnings: [`hours are not settled yet: ${why}`] };
    }
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

  #report(
    at: number,
    plans: readonly SitePlan[],
    { others, projects }: CurrentGrids,
    hours: PollReport["hours"],
    warnings: readonly string[],
  ): PollReport {
    const tally = new PollTally();
    for (const { poll } of plans) tally.addAll(poll);
    return {
      at,
      model: this.#model.id,
      intensity: others,
      ...(projects === undefined ? {} : { projectIntensity: projects }),
      ...tally.totals,
      sites: plans.map(({ poll }) => poll),
      workspaces: plans.flatMap(({ workspaces }) => workspaces),
      hours,
      warnings,
    };
  }
}

function intensityOf({ others, projects }: CurrentGrids, project: string): PollReport["intensity"] {
  return projects !== undefined && Object.hasOwn(projects, project) ? (projects[project] ?? null) : others;
}

function logPoll(logger: Logger, { hosts, opened, closed, busyKwh, idleKwh, warnings }: PollReport): void {
  for (const warning of warnings) logger.warn({}, `poll: ${warning}`);
  logger.debug({ hosts, opened, closed, busyKwh, idleKwh }, "poll done");
}

/** When any session was last counted: what a tracker that starts anew knows of the polls before it. */
function lastCount(active: ReadonlyMap<string, readonly WorkspaceSession[]>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const sessions of active.values()) {
    for (const { countedUntil } of sessions) last = Math.max(last, countedUntil);
  }
  return last;
}

function unknownSite(site: string, known: readonly string[]): AdaCarbonError {
  return badInput(
    `there is no site ${JSON.stringify(site)}; known are ${known.join(", ")}${didYouMean(site, known)}`,
  );
}
