import type { WorkspaceSession } from "../stores/workspace-store.js";
import type { FinishedHour } from "../usage/hour.js";
import type { IntensityKind } from "../usage/provenance.js";
import { recordOf } from "../usage/record-of.js";
import { Sum } from "../usage/sum.js";

/** The intensity that a poll used, and how good it is. */
export interface PollIntensity {
  readonly gco2eqPerKwh: number;
  readonly kind: IntensityKind;
  /** Identifier of the source, such as `gb-carbon-intensity/national`; `constant` for a fallback. */
  readonly source: string;
  /** What its grams count, as text; absent where the source does not say. */
  readonly basis?: string;
  /** When it was fetched, UTC milliseconds; `null` for a constant. */
  readonly fetchedAt: number | null;
}

/** A session that goes on, with what its host is doing now. */
export interface LiveWorkspace {
  readonly session: WorkspaceSession;
  /** Power by the model, watts; `null` where the load is not known. */
  readonly watts: number | null;
  /** Idle CPU time / all CPU time, 0 to 1. */
  readonly idleFraction: number | null;
  /** Whether the host was up in this poll. If not, it is being waited for. */
  readonly seen: boolean;
}

/** What one poll found and added. Energy is of this poll only. */
export interface PollTotals {
  /** Hosts that were up. */
  readonly hosts: number;
  /** Hosts with a session that were not up; their sessions go on until the grace period is over. */
  readonly absent: number;
  readonly opened: number;
  /** Sessions that had ended and go on again. */
  readonly resumed: number;
  readonly closed: number;
  /** kWh. */
  readonly busyKwh: number;
  readonly idleKwh: number;
  /** Grams of CO2 equivalent. */
  readonly busyGco2eq: number;
  readonly idleGco2eq: number;
  /** kWh of the above for which no intensity was known. */
  readonly kwhWithoutCarbon: number;
  /** Host-seconds that were counted. */
  readonly countedSeconds: number;
  /** Host-seconds that will never be: polls that were missed for longer than can be made up for. */
  readonly unknownSeconds: number;
  /** Host-seconds from the boot of hosts to when they were first seen. */
  readonly untrackedSeconds: number;
}

export interface SitePoll extends PollTotals {
  readonly site: string;
}

/** Hours that a poll has turned into rows of usage. */
export interface PollHours {
  readonly stored: readonly FinishedHour[];
  /** Those that had been measured, and stay as they are. */
  readonly kept: readonly FinishedHour[];
}

export interface PollReport extends PollTotals {
  /** UTC milliseconds. */
  readonly at: number;
  /** `id` of the power model. */
  readonly model: string;
  /**
   * `null` where none was known and there is no fallback: energy is counted, carbon is not. Where projects have grids of
   * their own: of all others.
   */
  readonly intensity: PollIntensity | null;
  /** Of projects that have grids of their own; absent where none has. */
  readonly projectIntensity?: Readonly<Record<string, PollIntensity | null>>;
  readonly sites: readonly SitePoll[];
  /** Every session that goes on, by site, then start. */
  readonly workspaces: readonly LiveWorkspace[];
  /** None where the tracker has no store of usage. */
  readonly hours: PollHours;
  readonly warnings: readonly string[];
}

const NAMES: Readonly<Record<keyof PollTotals, true>> = {
  hosts: true,
  absent: true,
  opened: true,
  resumed: true,
  closed: true,
  busyKwh: true,
  idleKwh: true,
  busyGco2eq: true,
  idleGco2eq: true,
  kwhWithoutCarbon: true,
  countedSeconds: true,
  unknownSeconds: true,
  untrackedSeconds: true,
};
const TOTALS = Object.keys(NAMES) as readonly (keyof PollTotals)[];

/** Adds up a poll. */
export class PollTally {
  readonly #sums = recordOf(TOTALS, () => new Sum());

  add(name: keyof PollTotals, value: number): void {
    this.#sums[name].add(value);
  }

  addAll(totals: PollTotals): void {
    for (const name of TOTALS) this.add(name, totals[name]);
  }

  get totals(): PollTotals {
    return recordOf(TOTALS, (name) => this.#sums[name].value);
  }
}
