import type { Sums } from "../timeseries/rollup/bin.js";
import type { Finding } from "../usage/cpu.js";
import type { Interval } from "../usage/hour.js";
import type { Scope } from "../usage/scope.js";
import type { Status } from "../usage/status.js";
import type { UnknownMachines } from "./unknown-machines.js";

/** What {@link sync} says while it works. The last event is the report. */
export type SyncEvent =
  | { readonly type: "planned"; readonly plan: PlanSummary }
  | { readonly type: "progress"; readonly done: number; readonly total: number; readonly message: string }
  /** Something is missing or was left alone; the numbers say so too, by status and coverage. */
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "report"; readonly report: SyncReport };

/** How many hours need what. */
export interface PlanSummary {
  readonly wanted: number;
  /** CPU-seconds are to be fetched. */
  readonly fetch: number;
  /** Only the carbon is to be computed again, from a better intensity. */
  readonly restate: number;
  /** Nothing to do. */
  readonly done: number;
  /** Left out because they are not over yet. */
  readonly unfinished: number;
}

/** Sums of a scope over the wanted hours; `null` where no hour has the number. */
export interface ScopeTotal extends Sums {
  readonly scope: Scope;
}

/** What a run of {@link sync} did, and how things stand in its interval now. */
export interface SyncReport {
  readonly interval: Interval;
  readonly projects: readonly string[];
  readonly plan: PlanSummary;
  /** Wanted hours by the status that `ada` has now. */
  readonly statuses: Readonly<Record<Status, number>>;
  /**
   * Hours whose carbon rests on an intensity that may still be replaced by a better one. Every run within
   * `repairHorizonMs` looks it up again; later one does a day, however old the hour.
   */
  readonly provisional: number;
  /** Hours stored again because only their intensity got better. */
  readonly restated: number;
  /**
   * Hours that ended less than an hour ago and of which the last scrapes have not arrived: no failure, the next run
   * finishes them.
   */
  readonly tooYoung: number;
  /** Hours whose CPU-seconds were left as stored because the source now has less of them than before. */
  readonly kept: number;
  /** Hours that could not be fetched in this run. */
  readonly failed: number;
  /** Hours stored under another power model than this run's. They are left as they are. */
  readonly otherModel: number;
  /** Hours stored with the intensity of another source than this run's, such as another region. They are left so. */
  readonly otherIntensity: number;
  /**
   * Hours that want something which a later run tries to get: not downloaded, incomplete, or without carbon in
   * a ledger that was asked for. One that
   * is only so young that its source has not been heard beyond its end is none of them.
   */
  readonly wanting: number;
  /** Hours that are incomplete or were counted by the tracker, and too old (`repairHorizonMs`) to be fetched again. */
  readonly givenUp: number;
  /** Scopes that were written in this run. */
  readonly written: readonly Scope[];
  /** Machines that the power model does not know, where it knows some; of what was fetched in this run. */
  readonly unknownMachines: UnknownMachines | null;
  readonly total: ScopeTotal;
  readonly projectTotals: readonly ScopeTotal[];
  /** Largest relative difference between `ada` and the sums over projects, machines, users and groups. */
  readonly conservationError: number;
  readonly warnings: readonly string[];
  readonly findings: readonly Finding[];
}
