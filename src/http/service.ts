import { perCore } from "../power/per-core.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import { wallClock } from "../timeseries/rollup/zone.js";
import { badInput } from "../usage/errors.js";
import type { Logger } from "../usage/logger.js";
import { BY_VIEWER } from "./access.js";
import { SiteGrids } from "./grid.js";
import { HabitsOfHour } from "./habits.js";
import { LiveHub } from "./live/hub.js";
import { CountedSessions } from "./metrics/counted-sessions.js";
import { StoredEnergy } from "./metrics/stored-energy.js";
import { shownModels } from "./models.js";
import { assertHandlerOptions, type HandlerOptions } from "./options.js";
import { notFound, notOffered } from "./problem.js";
import { RecentOwners } from "./recent-owners.js";
import { RecentUse } from "./recent-use.js";
import { assertSignIn } from "./sign-in.js";
import { WorkspaceViews } from "./workspaces/views.js";

/** Checks the options. `bad-input` for a path, a site or a zone that cannot be. */
export function serviceOf(options: HandlerOptions) {
  assertHandlerOptions(options);
  const { usage, sites, clock = Date.now, basePath = "", zone = "UTC", simulated = false } = options;
  if (!/^(\/[^/?#\s]+)*$/.test(basePath))
    throw badInput(`the basePath ${JSON.stringify(basePath)} must be like /api/carbon, or empty`);
  if (Object.keys(sites).some((name) => !name.isWellFormed() || name === ""))
    throw badInput("a site has an empty name or one that is not Unicode");
  wallClock(zone);
  const signIn = options.signIn ?? "bearer";
  assertSignIn(signIn);
  const { live: limits = {}, signal, measuredEveryMs } = options;
  const power = options.power ?? perCore();
  const models = shownModels(power.id, options.liveModel);
  const recent = new RecentUse(signal);
  const workspaces = options.workspaces && recent.watching(options.workspaces);
  const views = new WorkspaceViews(recent, clock);
  const onError = once(
    options.onError ?? (options.logger ? toLogger(options.logger) : (error) => console.error(error)),
  );
  return {
    options: { ...options, workspaces },
    usage,
    sites: Object.fromEntries(Object.entries(sites).map(([site, projects]) => [site, [projects].flat()])),
    clock,
    basePath,
    zone,
    simulated,
    authorise: options.authorise ?? BY_VIEWER,
    signIn,
    power,
    models,
    grids: options.intensity === undefined ? null : new SiteGrids(options.intensity, options),
    live:
      workspaces === undefined
        ? null
        : new LiveHub({
            store: workspaces,
            views,
            simulated,
            models,
            clock,
            measuredEveryMs,
            limits,
            signal,
          }),
    views,
    recent,
    habits: new HabitsOfHour(usage, clock, signal),
    owners: new RecentOwners(usage, signal),
    /** What `/metrics` counts. */
    storedEnergy: new StoredEnergy(usage, clock),
    countedSessions: new CountedSessions(),
    /** Whether any reply may depend on who asks: there is a hook. */
    isPrivate: options.authorise !== undefined,
    onError,
  };
}

/** The options with what they default to, and what lives as long as the handler. */
export type Service = Readonly<ReturnType<typeof serviceOf>>;

/** The projects of a site; 404 with the known sites if there is none of that name. */
export function projectsOf(service: Pick<Service, "sites">, site: string): readonly string[] {
  const known = Object.keys(service.sites);
  const projects = Object.hasOwn(service.sites, site) ? service.sites[site] : undefined;
  if (projects !== undefined) return projects;
  const hint = known.length === 0 ? "there are none" : `the sites are ${known.join(", ")}`;
  throw notFound("unknown-site", `there is no site ${JSON.stringify(site)}; ${hint}`, known);
}

/** Where the workspaces of a site are; 404 for a site that there is not, or where none are followed. */
export function workspacesAt(service: Pick<Service, "sites" | "options">, site: string): WorkspaceStore {
  projectsOf(service, site);
  const { workspaces } = service.options;
  if (workspaces === undefined) throw notOffered("workspaces");
  return workspaces;
}

type OnError = NonNullable<HandlerOptions["onError"]>;

/** A failure that many requests meet, such as a grid that is away, is told of once. */
function once(onError: OnError): OnError {
  const reported = new WeakSet<object>();
  return (error, request) => {
    if (typeof error === "object" && error !== null) {
      if (reported.has(error)) return;
      reported.add(error);
    }
    onError(error, request);
  };
}

function toLogger(logger: Logger): OnError {
  return (error, { url }) => {
    const { pathname } = new URL(url);
    logger.error({ err: error, path: pathname }, `cannot answer ${pathname}`);
  };
}
