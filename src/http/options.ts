import type { IntensitySource } from "../intensity/port.js";
import { GRIDS, type ProjectGrids } from "../intensity/project-grids.js";
import { POWER_MODEL, type PowerModel } from "../power/model.js";
import type { AverageStore } from "../stores/average-store.js";
import { AVERAGE_STORE, USAGE_STORE, WORKSPACE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import type { Logger } from "../usage/logger.js";
import {
  AMOUNT,
  ANYTHING,
  assertOptions,
  CALLBACK,
  FLAG,
  LOGGER,
  OBJECT,
  optional,
  POSITIVE,
  type Rules,
  SIGNAL,
  TEXT,
  TEXTS,
} from "../usage/options.js";
import type { SiteProjects } from "../usage/site-projects.js";
import type { Authorise } from "./access.js";
import type { BudgetSource } from "./budget-source.js";
import type { SignIn } from "./sign-in.js";
import type { WorkspaceView } from "./workspaces/view.js";

/** How live events are sent. Every limit has a default that suits one process and two thousand viewers. */
export interface LiveOptions {
  /** How often the store is asked while somebody watches, milliseconds. Default 5,000. */
  readonly everyMs?: number | undefined;
  /**
   * How often the event `heartbeat` is sent, by which a page knows that somebody is there, and proxies that the
   * connection is in use, milliseconds. Default 8,000, since `Bun.serve` drops a connection on which nothing
   * happened for 10 seconds.
   */
  readonly heartbeatMs?: number | undefined;
  /** Viewers at once over all sites; more get 503. Default 2,500. */
  readonly maxConnections?: number | undefined;
  /**
   * Of them, those of one client, by the viewer or else the address in the {@link RequestContext}; more get
   * 429. Default 50: a building may share an address. Where neither is known, this limit does not hold.
   */
  readonly maxPerClient?: number | undefined;
  /** A viewer that has read nothing for so long is let go, milliseconds. Default 60,000. */
  readonly stalledMs?: number | undefined;
  /** A connection ends after so long at most, so that `authorise` is asked again, milliseconds. Default an hour. */
  readonly maxAgeMs?: number | undefined;
}

/** What {@link createHandler} is made from. Only `usage` and `sites` are needed; a route without its port is a 404. */
export interface HandlerOptions {
  readonly usage: UsageStore;
  readonly workspaces?: WorkspaceStore | undefined;
  readonly averages?: AverageStore | undefined;
  /**
   * One grid, or those of projects: of a site that spans several, forecasts are those of its first project, and replies name the others. Each is asked at most once in five minutes for
   * a value that may change, whatever the number of viewers.
   */
  readonly intensity?: IntensitySource | ProjectGrids | undefined;
  /** By their names in URLs. */
  readonly sites: SiteProjects;
  /** UTC milliseconds; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Who may see what: {@link Authorise}. Without it, a viewer handed over with a request sees their own data. */
  readonly authorise?: Authorise | undefined;
  /** How `authorise` knows who asks: what a 401 and the OpenAPI document say. Default `bearer`. */
  readonly signIn?: SignIn | undefined;
  /** What comes before our paths in the URLs handed over, such as `/api/carbon`. Default nothing. */
  readonly basePath?: string | undefined;
  /** For estimates and savings: the one that hours are made by. Default 12 W a busy core, 1 W an idle one. */
  readonly power?: PowerModel | undefined;
  /** `id` of the tracker's power model: replies name it beside that of hours. Not given: it is said to be unknown. */
  readonly liveModel?: string | undefined;
  /** How often the tracker measures, milliseconds: a page says so when it did not for 2.5 times as long. Default as seen. */
  readonly measuredEveryMs?: number | undefined;
  /** Grams per kWh for when the intensity source cannot be asked; marked as `fallback`. */
  readonly fallbackGco2eqPerKwh?: number | undefined;
  /** Line to show with intensities. Default: that of the GB Carbon Intensity API, if it is the source. */
  readonly licence?: string | undefined;
  /** Whose days, months and years are meant where a request does not say. Default `UTC`. */
  readonly zone?: string | undefined;
  /** Whether workspaces come from a simulated cluster: replies say so. */
  readonly simulated?: boolean | undefined;
  /** Origins that may read the replies from a browser, such as `https://portal.example`, or `*`. Default none. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly live?: LiveOptions | undefined;
  /** Gets what went wrong inside; the reply only says that something did. Default: `logger`, else `console.error`. */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined;
  readonly logger?: Logger | undefined;
  /** Budgets of scopes, to hold what they used against. Default none. */
  readonly budgets?: BudgetSource | undefined;
  /** Where a workspace can be stopped: the address of a page of the host application. Default nowhere. */
  readonly consoleUrl?: ((workspace: WorkspaceView) => string | undefined) | undefined;
  /** While no host of any site is found: why, and what to set, for whoever runs the service. */
  readonly noHosts?: (() => string | undefined) | undefined;
  /** Aborted, all live connections end. */
  readonly signal?: AbortSignal | undefined;
}

const LIVE_OPTIONS: Rules<LiveOptions> = {
  everyMs: optional(POSITIVE),
  heartbeatMs: optional(POSITIVE),
  maxConnections: optional(AMOUNT),
  maxPerClient: optional(AMOUNT),
  stalledMs: optional(POSITIVE),
  maxAgeMs: optional(POSITIVE),
};

const HANDLER_OPTIONS: Rules<HandlerOptions> = {
  usage: USAGE_STORE,
  workspaces: optional(WORKSPACE_STORE),
  averages: optional(AVERAGE_STORE),
  intensity: optional(GRIDS),
  sites: OBJECT,
  clock: optional(CALLBACK),
  authorise: optional(CALLBACK),
  signIn: optional(ANYTHING),
  basePath: optional(TEXT),
  power: optional(POWER_MODEL),
  fallbackGco2eqPerKwh: optional(AMOUNT),
  licence: optional(TEXT),
  zone: optional(TEXT),
  simulated: optional(FLAG),
  corsOrigins: optional(TEXTS),
  live: optional(OBJECT),
  onError: optional(CALLBACK),
  budgets: optional(ANYTHING),
  consoleUrl: optional(CALLBACK),
  noHosts: optional(CALLBACK),
  signal: optional(SIGNAL),
  liveModel: optional(TEXT),
  measuredEveryMs: optional(POSITIVE),
  logger: optional(LOGGER),
};

/** Refuses (`bad-input`) what is no option of a handler, or cannot be one. */
export function assertHandlerOptions(options: HandlerOptions): void {
  assertOptions("createHandler", options, HANDLER_OPTIONS);
  if (options.live !== undefined) assertOptions("createHandler: live", options.live, LIVE_OPTIONS);
}
