import { TENURES, type TenureOptions } from "../attribution/attribution.js";
import type { Attribute } from "../attribution/given.js";
import type { GroupOf } from "../attribution/owners.js";
import { assertLedgers } from "../intensity/ledgers.js";
import { INTENSITY_SOURCE, type IntensitySource } from "../intensity/port.js";
import { GRIDS, type ProjectGrids, sourcesOf } from "../intensity/project-grids.js";
import { POWER_MODEL, type PowerModel } from "../power/model.js";
import type { AverageStore } from "../stores/average-store.js";
import { withCheckedAnswers } from "../stores/checked-answers.js";
import { AVERAGE_STORE, USAGE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import { type GivenPeriod, periodOf } from "../timeseries/rollup/given-period.js";
import { CPU_SOURCE, type CpuSource } from "../usage/cpu.js";
import { badInput } from "../usage/errors.js";
import { hourlyInterval, type Interval } from "../usage/hour.js";
import type { Logger } from "../usage/logger.js";
import { assertNewEnough } from "../usage/node-version.js";
import {
  AMOUNT,
  ANYTHING,
  assertOptions,
  CALLBACK,
  FLAG,
  LOGGER,
  numberFrom,
  optional,
  type Rules,
  SIGNAL,
  TEXTS,
  TRACER,
} from "../usage/options.js";
import type { Tracer } from "../usage/tracer.js";

/** What {@link sync} needs to know and whom it talks to. Everything that touches the world is handed in. */
export interface SyncOptions {
  readonly cpu: CpuSource;
  /**
   * One grid, or those of projects. Without one, energy is stored and carbon is missing; a later run with one adds it. A
   * grid that cannot be asked costs the carbon of its projects only, and of rows that add them to others.
   */
  readonly intensity?: IntensitySource | ProjectGrids | undefined;
  /**
   * What the electricity was bought as, such as a contract's intensity: a second ledger of grams, beside that of the
   * grid. Its basis is market-based. Stored hours without it get it.
   */
  readonly marketIntensity?: IntensitySource | undefined;
  readonly store: UsageStore;
  /** Hours wanted, half-open; both ends on the hour. Hours not over yet are left out and reported. */
  readonly interval: GivenPeriod;
  /**
   * Default: every project the source knows in the interval. Projects that the store already has are always
   * included as well, since `ada`, machines, users and groups are sums over all of them.
   */
  readonly projects?: readonly string[] | undefined;
  /** Default: 12 W a busy core, 1 W an idle one. */
  readonly power?: PowerModel | undefined;
  /** Intensity for hours that the source knows nothing about, grams per kWh. Such hours stay provisional. */
  readonly fallbackGco2eqPerKwh?: number | undefined;
  /** The group of a host. Default: its project. */
  readonly groupOf?: GroupOf | undefined;
  /** Who held which host: users, groups and experiments by tenures instead of labels. */
  readonly tenures?: TenureOptions | undefined;
  /** Says whose the hours of hosts were, in the place of labels and tenures. */
  readonly attribution?: Attribute | undefined;
  /** Machine averages to keep up to date with what is stored. Needs hosts. */
  readonly averages?: AverageStore | undefined;
  /**
   * Whether each host is stored as a scope of its own: explain, restate and averages need it. Default: true, if the
   * source has hosts.
   */
  readonly hosts?: boolean | undefined;
  /** Coverage under which an hour is `download incomplete`. Default 0.99. */
  readonly completeAt?: number | undefined;
  /**
   * How far back, ms before now, hours that are done are compared with how many scrapes the source has now: where late
   * data have come, the hour is measured again. Default 48 hours; 0 compares none.
   */
  readonly recheckMs?: number | undefined;
  /** How long incomplete and provisional hours are tried again, ms after the hour. Default 14 days. */
  readonly repairHorizonMs?: number | undefined;
  /** Whether the sources are simulated: complete hours get the status `fake`. */
  readonly fake?: boolean | undefined;
  /** UTC milliseconds; default `Date.now`. */
  readonly clock?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told what the run does and finds. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Gets a span of the run, with one each for looking up, measuring and storing below it. Default: none. */
  readonly tracer?: Tracer | undefined;
}

/** Whether there are hosts to store; `bad-input` if something is asked for that needs them and there are none. */
export function storesHosts({ cpu, hosts, tenures, attribution, averages }: SyncOptions): boolean {
  if (cpu.rows !== "owners") return hosts ?? true;
  const asked = [
    [tenures !== undefined, "tenures say who held which host; leave them out"],
    [attribution !== undefined, "an attribution says whose each host was; leave it out"],
    [hosts === true, "there are no hosts to store; leave that out"],
    [averages !== undefined, "averages are learnt from hosts; leave them out"],
  ] as const;
  const refused = asked.find(([wanted]) => wanted);
  if (refused === undefined) return false;
  throw badInput(
    `${cpu.where}: recorded sums have no hosts, and ${refused[1]}, or do without recording rules`,
  );
}

const SYNC_OPTIONS: Rules<SyncOptions> = {
  cpu: CPU_SOURCE,
  intensity: optional(GRIDS),
  marketIntensity: optional(INTENSITY_SOURCE),
  store: USAGE_STORE,
  interval: ANYTHING,
  projects: optional(TEXTS),
  power: optional(POWER_MODEL),
  fallbackGco2eqPerKwh: optional(AMOUNT),
  groupOf: optional(CALLBACK),
  tenures: optional(TENURES),
  attribution: optional(CALLBACK),
  averages: optional(AVERAGE_STORE),
  hosts: optional(FLAG),
  completeAt: optional(numberFrom(0, 1)),
  recheckMs: optional(AMOUNT),
  repairHorizonMs: optional(AMOUNT),
  fake: optional(FLAG),
  clock: optional(CALLBACK),
  signal: optional(SIGNAL),
  logger: optional(LOGGER),
  tracer: optional(TRACER),
};

/** Options that were checked, before anybody is asked anything. */
export interface CheckedSyncOptions extends SyncOptions {
  readonly interval: Interval;
}

export function checkedSyncOptions(caller: string, options: SyncOptions): CheckedSyncOptions {
  assertNewEnough();
  assertOptions(caller, options, SYNC_OPTIONS);
  assertOneAttribution(caller, options);
  assertLedgers(sourcesOf(options.intensity), options.marketIntensity);
  const store = withCheckedAnswers(options.store);
  return { ...options, store, interval: hourlyInterval(periodOf(options.interval)) };
}

/** Refuses two ways to say whose hosts were: which of them wins would be a guess. */
export function assertOneAttribution(
  caller: string,
  { tenures, attribution, groupOf }: Pick<SyncOptions, "tenures" | "attribution" | "groupOf">,
): void {
  if (attribution === undefined || (tenures === undefined && groupOf === undefined)) return;
  const other = tenures === undefined ? "groupOf" : "tenures";
  throw badInput(`${caller}: attribution says whose hours were, and so does ${other}; leave one out`);
}
