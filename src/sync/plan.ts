import { RowIndex } from "../rows/row-index.js";
import { DAY_MS, type FinishedHour, HOUR_MS, type Interval } from "../usage/hour.js";
import { type IntensityProvenance, isTracked } from "../usage/provenance.js";
import { numberAt, QUANTITIES, type UsageSeries } from "../usage/series.js";
import type { PlanSummary } from "./events.js";

/** What is to be done about the wanted hours. */
export interface Plan {
  readonly fetch: readonly FinishedHour[];
  /** Those of `fetch` that were measured, and of which something was missing. */
  readonly incomplete: readonly FinishedHour[];
  readonly restate: readonly FinishedHour[];
  readonly done: readonly FinishedHour[];
}

/** When it is, and how long after its end an hour is measured again. */
export interface Horizon {
  readonly now: number;
  readonly repairHorizonMs: number;
  /** As of a `CpuSource`. */
  readonly tellsMissingParts?: boolean | undefined;
}

/** What the plan is made from: the stored rows of `ada` and of every wanted project. */
export interface PlanInput extends Horizon {
  readonly hours: readonly FinishedHour[];
  readonly ada: UsageSeries;
  readonly projects: readonly UsageSeries[];
  /** Whether carbon can be had: without a source of intensity, an hour without carbon is done. */
  readonly hasIntensity: boolean;
  /** Whether carbon can be computed again from what is stored. If not, such hours are measured again. Default true. */
  readonly canRestate?: boolean | undefined;
}

/**
 * Work is every hour that is not settled, and nothing else:
 *
 * - fetch: not stored for some project, not downloaded, incomplete or only counted by the workspace tracker and
 *   measured again ({@link isMeasuredAgain}), or torn (`ada` is not the sum of its projects, as after a crash between the two);
 * - restate: without carbon, or with an intensity that may have got better. While the hour is young enough to be
 *   measured, every run asks for that; later once a day, however old the hour ({@link isDue}).
 */
export function planHours(input: PlanInput): Plan {
  const ada = new RowIndex(input.ada);
  const projects = input.projects.map((series) => new RowIndex(series));
  const list = (): FinishedHour[] => [];
  const plan = { fetch: list(), incomplete: list(), restate: list(), done: list() };
  for (const hour of input.hours) {
    const again = isMeasuredAgain(ada, hour, input);
    const rows = [ada, ...projects];
    const isNew = rows.some((row) => isUnknown(row, hour)) || torn(ada, projects, hour);
    const isIncomplete = rows.some((row) => mustFetch(row, hour, again));
    if (isNew || isIncomplete) plan.fetch.push(hour);
    if (!isNew && isIncomplete) plan.incomplete.push(hour);
    if (isNew || isIncomplete) continue;
    if (!input.hasIntensity || !mustRestate(ada, hour, input)) plan.done.push(hour);
    else if (input.canRestate === false) plan.fetch.push(hour);
    else plan.restate.push(hour);
  }
  return plan;
}

/** Whether an hour is young enough to be measured again. */
export function isYoung(hour: FinishedHour, { now, repairHorizonMs }: Horizon): boolean {
  return now - (hour + HOUR_MS) < repairHorizonMs;
}

/**
 * Whether an hour that is not whole is measured again: while it is young, and however old it is where a part of the source
 * was away, which may have all of it still. Scrapes are counted only where no part was.
 */
export function isMeasuredAgain(ada: RowIndex, hour: FinishedHour, horizon: Horizon): boolean {
  if (isYoung(hour, horizon)) return true;
  if (horizon.tellsMissingParts !== true || ada.status(hour) !== "download incomplete") return false;
  const { model, scrapes } = ada.provenance(hour) ?? {};
  return scrapes === undefined && !isTracked(model);
}

/** Whether an old hour's intensity may have got better, and was not looked up within the last day. */
export function isDue(intensity: IntensityProvenance | null, now: number): boolean {
  if (intensity === null || intensity.settled) return false;
  const sinceMs = intensity.fetchedAt === null ? Number.POSITIVE_INFINITY : now - intensity.fetchedAt;
  // One from the future is of a clock that was wrong.
  return sinceMs >= DAY_MS || sinceMs < 0;
}

/** Whether an hour was never stored, could not be downloaded, or was only counted by the tracker, for some row. */
function isUnknown(rows: RowIndex, hour: FinishedHour): boolean {
  const status = rows.status(hour);
  return status === undefined || (status === "not downloaded" && Number.isNaN(rows.value("coverage", hour)));
}

/** Whether a row is incomplete or tracked, and its hour is measured again; of one without any number it always is. */
function mustFetch(rows: RowIndex, hour: FinishedHour, again: boolean): boolean {
  const status = rows.status(hour);
  const isCoarse = status === "download incomplete" || isTracked(rows.provenance(hour)?.model);
  return status === "not downloaded" || (isCoarse && again);
}

/** Whether there is energy, and no carbon. */
export function isWithoutCarbon(rows: RowIndex, hour: FinishedHour): boolean {
  return !Number.isNaN(rows.value("busyKwh", hour)) && Number.isNaN(rows.value("busyGco2eq", hour));
}

function mustRestate(ada: RowIndex, hour: FinishedHour, horizon: Horizon): boolean {
  if (Number.isNaN(ada.value("busyGco2eq", hour))) return true;
  const { intensity = null, model = null } = ada.provenance(hour) ?? {};
  if (isYoung(hour, horizon)) return intensity?.settled === false;
  // The carbon of a tracked hour is the sum over its polls, each at the intensity of its moment.
  return !isTracked(model) && isDue(intensity, horizon.now);
}

/** Sums that differ by more than rounding were not written by one run. */
const ROUNDING = 1e-9;

function torn(ada: RowIndex, projects: readonly RowIndex[], hour: FinishedHour): boolean {
  // Of several grids one may be away: the carbon of the whole is then not known, though a part's is.
  const isPartlyWithoutCarbon =
    isWithoutCarbon(ada, hour) && projects.some((rows) => isWithoutCarbon(rows, hour));
  return QUANTITIES.some((name) => {
    const whole = ada.value(name, hour);
    const parts = projects.reduce((sum, rows) => {
      const part = rows.value(name, hour);
      return Number.isNaN(part) ? sum : sum + part;
    }, 0);
    if (Number.isNaN(whole) && isPartlyWithoutCarbon) return false;
    return Number.isNaN(whole) ? parts !== 0 : Math.abs(whole - parts) > ROUNDING * Math.max(whole, parts);
  });
}

/** Whether any row is of the kind that simulated runs store, or that real ones do. */
export function hasRows(series: readonly UsageSeries[], fake: boolean): boolean {
  const wanted = fake ? "fake" : "processed";
  return series.some((rows) =>
    rows.status.some((status, i) => !Number.isNaN(numberAt(rows.busyCpuSeconds, i)) && status === wanted),
  );
}

/** The plan in numbers. `bought` are hours that only the second ledger wants. */
export function summaryOf(plan: Plan, bought: readonly FinishedHour[], interval: Interval): PlanSummary {
  const wanted = (interval.to - interval.from) / HOUR_MS;
  const fetch = plan.fetch.length;
  const restate = new Set([...plan.restate, ...bought]).size;
  const stored = plan.restate.length + plan.done.length;
  return { wanted, fetch, restate, done: stored - restate, unfinished: wanted - fetch - stored };
}
