import type { GroupOf } from "../attribution/owners.js";
import { TENURE_SOURCE, type TenureSource } from "../attribution/tenure.js";
import type { IntensitySource } from "../intensity/port.js";
import { GRIDS, type ProjectGrids } from "../intensity/project-grids.js";
import { WORKSPACE_MODEL, type WorkspaceModel } from "../power/workspace-model.js";
import type { AverageStore } from "../stores/average-store.js";
import { AVERAGE_STORE, USAGE_STORE, WORKSPACE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import { HOST_SOURCE, type HostSource } from "../usage/host-source.js";
import type { Logger } from "../usage/logger.js";
import {
  AMOUNT,
  CALLBACK,
  FLAG,
  LOGGER,
  numberFrom,
  oneOf,
  optional,
  POSITIVE,
  type Rules,
  TEXTS,
  TRACER,
} from "../usage/options.js";
import type { Tracer } from "../usage/tracer.js";

/** What {@link trackWorkspaces} needs to know and whom it talks to. Everything that touches the world is handed in. */
export interface TrackOptions {
  readonly hosts: HostSource;
  /** Where the sessions are, and all that is remembered from one poll to the next. */
  readonly store: WorkspaceStore;
  /** One grid, or those of projects. */
  readonly intensity: IntensitySource | ProjectGrids;
  /** Sites to follow. Default: all that `hosts` knows. */
  readonly sites?: readonly string[] | undefined;
  /** Default: `workspaceModel()`. */
  readonly model?: WorkspaceModel | undefined;
  /** Grams per kWh for when the intensity source knows nothing of now. */
  readonly fallbackGco2eqPerKwh?: number | undefined;
  /** How long an intensity is not asked for again, milliseconds. Default 5 minutes. */
  readonly intensityFreshForMs?: number | undefined;
  /**
   * How long the intensity source has for an answer, milliseconds. Default 10 s. Polls of `run`
   * without `usage` wait a second for it, and what comes later is for the next one; others wait until then.
   */
  readonly intensityTimeoutMs?: number | undefined;
  /**
   * The longest time since the last count for which energy is counted, milliseconds; what lies beyond is
   * unknown. Default 5 minutes.
   */
  readonly maxElapsedMs?: number | undefined;
  /** How long a host must be gone for its session to end, milliseconds. Default 5 minutes. */
  readonly graceMs?: number | undefined;
  /** Whether a host that reboots under the same owner goes on in its session. Default `continue`. */
  readonly onReboot?: "continue" | "new-session" | undefined;
  /** Who held which host: users and groups by tenures instead of the label. */
  readonly tenures?: TenureSource | undefined;
  /** The group of a host that no tenure gives one. Default: its project. */
  readonly groupOf?: GroupOf | undefined;
  /**
   * Where finished hours are stored as rows of every scope, as sync's are. What is counted is kept in the sessions
   * until then, so `store` must keep their `hours`. Without it there are sessions only.
   */
  readonly usage?: UsageStore | undefined;
  /** Machine averages to keep up to date with those rows. */
  readonly averages?: AverageStore | undefined;
  /**
   * What becomes of a finished hour that has been measured by sync, which is finer: `keep` leaves it as it is,
   * the default; `replace` puts what was counted of its hosts in its place.
   */
  readonly measuredHours?: "keep" | "replace" | undefined;
  /** Coverage under which an hour is `download incomplete`. Default 0.99. */
  readonly completeAt?: number | undefined;
  /** Whether the sources are simulated: complete hours get the status `fake`. */
  readonly fake?: boolean | undefined;
  /** UTC milliseconds; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  /** Told what each poll finds. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Gets a span of each poll. Default: none. */
  readonly tracer?: Tracer | undefined;
}

export const TRACK_OPTIONS: Rules<TrackOptions> = {
  hosts: HOST_SOURCE,
  store: WORKSPACE_STORE,
  intensity: GRIDS,
  sites: optional(TEXTS),
  model: optional(WORKSPACE_MODEL),
  fallbackGco2eqPerKwh: optional(AMOUNT),
  intensityFreshForMs: optional(AMOUNT),
  intensityTimeoutMs: optional(POSITIVE),
  maxElapsedMs: optional(POSITIVE),
  graceMs: optional(POSITIVE),
  onReboot: optional(oneOf(["continue", "new-session"])),
  tenures: optional(TENURE_SOURCE),
  groupOf: optional(CALLBACK),
  usage: optional(USAGE_STORE),
  averages: optional(AVERAGE_STORE),
  measuredHours: optional(oneOf(["keep", "replace"])),
  completeAt: optional(numberFrom(0, 1)),
  fake: optional(FLAG),
  clock: optional(CALLBACK),
  logger: optional(LOGGER),
  tracer: optional(TRACER),
};
