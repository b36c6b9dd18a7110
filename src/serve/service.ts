import { BY_VIEWER } from "../http/access.js";
import { createCountingHandler } from "../http/handler.js";
import type { HandlerOptions } from "../http/options.js";
import { Attempts, reasonOf } from "./attempts.js";
import { followHosts, type OnReport, PollNews, type TrackJob } from "./follow-hosts.js";
import { API_PATH, cleanBasePath, serveHandler } from "./handler.js";
import { type Role, type Work, whileHolding } from "./hold-store.js";
import { type AddressSet, addressSet } from "./identity/addresses.js";
import { ANONYMOUS, type Identify } from "./identity/identity.js";
import { keepSynced, type SyncJob } from "./keep-synced.js";
import { type ListenAddress, startNodeServer } from "./node-server.js";
import { Readiness } from "./readiness.js";
import type { Surroundings } from "./surroundings.js";

/** What a service is made of. Everything that touches the world is handed in. */
export interface ServiceOptions extends Surroundings {
  /** What the API is made from; stores are closed by whoever opened them. */
  readonly api: Omit<
    HandlerOptions,
    "basePath" | "signal" | "onError" | "clock" | "authorise" | "noHosts" | "measuredEveryMs"
  >;
  /** Names the store. */
  readonly where: string;
  readonly listen: ListenAddress;
  /** What comes before all paths, such as `/carbon`; slashes at its ends make no difference. */
  readonly basePath: string;
  /** The pages at the base path. */
  readonly page?: ((request: Request) => Promise<Response>) | undefined;
  /** Who asks. Without it, nobody is known. */
  readonly identity?: ServiceIdentity | undefined;
  /** Without it no live host is followed. */
  readonly track?: TrackJob | undefined;
  /** Without it no hour is computed. */
  readonly sync?: SyncJob | undefined;
  /** How often a store that another run fills is tried for, milliseconds. Default 15 s. */
  readonly takeOverMs?: number | undefined;
}

export interface ServiceIdentity {
  readonly identify: Identify;
  /** Reverse proxies. */
  readonly trusted?: AddressSet | undefined;
  /** Headers that say who asks. */
  readonly headers?: readonly string[] | undefined;
}

/** A poll may be missed before something is wrong, a second one not. */
const POLLS_MISSED = 3;
const LEAST_POLL_AGE_MS = 3 * 60_000;
/** Hours are looked at once an hour; one run may fail. */
const SYNC_AGE_MS = 2.5 * 3_600_000;
/** How long requests under way may go on once the service is to stop. */
const GRACE_MS = 5_000;

/**
 * Serves until the signal aborts, then ends what it does and resolves: live streams are ended, requests under way are
 * answered, and what is being stored is stored whole.
 *
 * Rejects at once if it cannot listen or the store cannot be read. Later failures are said and made up for.
 *
 * @param onListening Told where it listens, with the base path.
 */
export async function runService(
  options: ServiceOptions,
  signal: AbortSignal,
  onListening: (url: string) => void,
): Promise<void> {
  const { api, identity, clock, log, where, track, sync } = options;
  const basePath = cleanBasePath(options.basePath);
  // A store that cannot be read at all is no outage but a mistake.
  await api.usage.scopes("project", { signal });

  const polls =
    track && new Attempts("poll", Math.max(LEAST_POLL_AGE_MS, POLLS_MISSED * track.everyMs), clock, log);
  const syncs = sync && new Attempts("sync", SYNC_AGE_MS, clock, log);
  const news = new PollNews(log, track?.advice);
  const readiness = new Readiness(api.usage, { polls, syncs }, options);
  const { handler, countFromNow, measured } = createCountingHandler({
    ...api,
    ...(identity === undefined ? {} : { authorise: BY_VIEWER }),
    basePath: basePath + API_PATH,
    clock,
    signal,
    noHosts: () => news.noHosts,
    measuredEveryMs: track?.everyMs,
    onError: (error, request) =>
      log.error({}, `cannot answer ${new URL(request.url).pathname}: ${reasonOf(error)}`),
  });
  await countFromNow(signal);
  const server = await startNodeServer({
    listen: options.listen,
    singleHeaders: identity?.headers ?? [],
    handler: serveHandler({
      basePath,
      api: handler,
      page: options.page,
      identify: identity?.identify ?? ANONYMOUS,
      trusted: identity?.trusted ?? addressSet([]),
      readiness,
    }),
  });
  signal.addEventListener("abort", () => void server.stop(GRACE_MS), { once: true });
  onListening(`${server.address}${basePath}/`);

  const onReport: OnReport = (report, own) => {
    news.say(report, own);
    measured(report.workspaces.map(({ session }) => session));
  };
  const work: Work[] = [];
  if (track && polls) work.push((own) => followHosts(track, polls, where, onReport, own));
  if (sync && syncs) work.push((own) => keepSynced(sync, syncs, where, options, own));
  const onRole = (role: Role): void => {
    readiness.role = role;
  };
  try {
    const { takeOverMs: retryMs = 15_000 } = options;
    if (work.length > 0)
      await whileHolding({ usage: api.usage, where, retryMs, onRole }, work, options, signal);
    else await onlyShow(onRole, signal);
  } finally {
    await server.stop(GRACE_MS);
    log.info({}, "stopped; what was stored is whole");
  }
}

/** There is nothing to do but to answer. */
async function onlyShow(onRole: (role: Role) => void, signal: AbortSignal): Promise<void> {
  onRole("following");
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
