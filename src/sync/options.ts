import type { TenureOptions } from "../attribution/attribution.js";
import type { GroupOf } from "../attribution/owners.js";
import type { IntensitySource } from "../intensity/port.js";
import type { PowerModel } from "../power/model.js";
import type { AverageStore } from "../stores/average-store.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { CpuSource } from "../usage/cpu.js";
import { AdaCarbonError } from "../usage/errors.js";
import type { Interval } from "../usage/hour.js";

/** What {@link sync} needs to know and whom it talks to. Everything that touches the world is handed in. */
export interface SyncOptions {
  readonly cpu: CpuSource;
  readonly intensity: IntensitySource;
  readonly store: UsageStore;
  /** Hours wanted, half-open; both ends on the hour. Hours not over yet are left out and reported. */
  readonly interval: Interval;
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
}

/** Whether there are hosts to store; `bad-input` if something is asked for that needs them and there are none. */
export function storesHosts({ cpu, hosts, tenures, averages }: SyncOptions): boolean {
  if (cpu.rows !== "owners") return hosts ?? true;
  const asked = [
    [tenures !== undefined, "tenures say who held which host; leave them out"],
    [hosts === true, "there are no hosts to store; leave that out"],
    [averages !== undefined, "averages are learnt from hosts; leave them out"],
  ] as const;
  const refused = asked.find(([wanted]) => wanted);
  if (refused === undefined) return false;
  throw new AdaCarbonError(
    "bad-input",
    `${cpu.where}: recorded sums have no hosts, and ${refused[1]}, or do without recording rules`,
  );
}
