import type { Attribution } from "../attribution/attribution.js";
import type { HourlyIntensity } from "../intensity/hourly.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { CpuHours } from "../usage/cpu.js";
import { type FinishedHour, HOUR_MS, type Interval } from "../usage/hour.js";
import { isTracked } from "../usage/provenance.js";
import { formatScope, type Scope, type ScopeKind } from "../usage/scope.js";
import { at, emptySeries, pickRows, QUANTITIES, type UsageSeries } from "../usage/series.js";
import { VERSION } from "../usage/version.js";
import { attribute } from "./attribute.js";
import type { EnergyRules } from "./host-hours.js";
import { RowIndex } from "./row-index.js";
import { provenanceTable, type StatusRules, seriesOf } from "./series-of.js";

/** Kinds that only have rows for hours in which one of their hosts was up. */
const SPARSE: readonly ScopeKind[] = ["host", "experiment", "user", "machine", "group"];

/** The order of writing: `ada` last, since the plan looks there first. */
const ORDER: readonly ScopeKind[] = [...SPARSE, "project", "ada"];

/** The kinds each of which sums to `ada`, where there are any. */
export const PARTITIONS: readonly ScopeKind[] = ["project", ...SPARSE];

export interface BatchRules extends StatusRules, EnergyRules {
  /** Where energy is known already: by which model. */
  readonly modelOf?: ((t: number) => string) | undefined;
  readonly experiments: boolean;
  readonly hosts: boolean;
}

/** Rows to store, and the stored rows of kind `host` whose place they take. */
export interface Batch {
  readonly series: readonly UsageSeries[];
  readonly hostsBefore: readonly UsageSeries[];
}

/**
 * The rows of every scope for the hours of one answer. Rows stored earlier for scopes that no host belongs to
 * any more are replaced by zeros, so that the sums hold.
 */
export function batchOf(
  cpu: CpuHours,
  attribution: Attribution,
  intensity: HourlyIntensity,
  always: readonly Scope[],
  stored: ReadonlyMap<string, UsageSeries>,
  rules: BatchRules,
): Batch {
  const earlier = [...stored.values()].map(({ scope }) => scope);
  // Hours that had experiments keep telling them apart: the rest of the time is then unattributed.
  const experiments = rules.experiments || earlier.some(({ kind }) => kind === "experiment");
  const sums = attribute(cpu, { ...rules, experiments, attribution, always: [...always, ...earlier] });
  const provenances = provenanceTable();
  const series = sums.map((sum) => {
    const all = seriesOf(sum, cpu, intensity, rules.modelOf ?? (() => rules.power.id), rules, provenances);
    if (!SPARSE.includes(sum.scope.kind)) return all;
    const before = new Set<number>(stored.get(formatScope(sum.scope))?.hours);
    const rows: number[] = [];
    cpu.hours.forEach((hour, t) => {
      const used = at(sum.expected, t) > 0 || at(all.busyCpuSeconds, t) + at(all.idleCpuSeconds, t) > 0;
      if (used || before.has(hour)) rows.push(t);
    });
    return rows.length === all.hours.length ? all : pickRows(all, rows);
  });
  const hostsBefore = [...stored.values()].filter(({ scope }) => scope.kind === "host");
  return { series: inOrder(series), hostsBefore };
}

/** The stored rows, in the span of these hours, of every scope of the kinds that only have rows when used. */
export async function storedSparse(
  store: UsageStore,
  hours: readonly FinishedHour[],
  signal: AbortSignal | undefined,
): Promise<Map<string, UsageSeries>> {
  const stored = new Map<string, UsageSeries>();
  for (const kind of SPARSE) {
    for (const scope of await store.scopes(kind, { signal })) {
      const series = await store.read(scope, spanOf(hours), { signal });
      if (series.hours.length > 0) stored.set(formatScope(scope), series);
    }
  }
  return stored;
}

/** The rows of `series` whose scope has a row of the same hour in `others`, where a scope may be more than once. */
export function rowsIn(series: readonly UsageSeries[], others: readonly UsageSeries[]): UsageSeries[] {
  const hours = new Map<string, Set<number>>();
  for (const { scope, hours: some } of others) {
    const all = hours.get(formatScope(scope)) ?? new Set<number>();
    for (const hour of some) all.add(hour);
    hours.set(formatScope(scope), all);
  }
  return series.map((one) => {
    const wanted = hours.get(formatScope(one.scope));
    return pickRows(
      one,
      [...one.hours.keys()].filter((i) => wanted?.has(one.hours[i] ?? Number.NaN) === true),
    );
  });
}

/** Rows that say only that nothing was downloaded. */
export function notDownloaded(scopes: readonly Scope[], hours: readonly FinishedHour[]): UsageSeries[] {
  const provenance = { library: VERSION, model: null, intensity: null };
  return inOrder(scopes.map((scope) => emptySeries(scope, hours, provenance)));
}

/** Less than this much less is rounding. */
const SHRINK = 1 - 1e-6;
/** Hours that say nothing of their scrapes were measured in another way, which may have found a little more. */
const OTHERWISE_MEASURED_SHRINK = 0.99;
/** What the tracker counted is not exact, and a little less is no loss. */
const TRACKED_SHRINK = 0.9;

/**
 * Hours of which the source now has fewer scrapes than when they were measured, and fewer CPU-seconds for some project than are stored under the same model, or
 * much fewer than the workspace tracker counted: its retention has passed, or a store behind it is away. Nothing
 * is gained by replacing those.
 */
export function shrunkenHours(
  batch: readonly UsageSeries[],
  ada: RowIndex,
  projects: readonly RowIndex[],
  model: string,
): Set<FinishedHour> {
  const shrunken = new Set<FinishedHour>();
  const fresh = batch.find(({ scope }) => scope.kind === "ada");
  const freshScrapes = new Map(fresh?.hours.map((hour, i) => [hour, fresh.provenance[i]?.scrapes]));
  /** Whether the source has as many scrapes of an hour as when it was measured: then what it says now is better. */
  const hasAllScrapes = (hour: FinishedHour): boolean =>
    (freshScrapes.get(hour) ?? -1) >= (ada.provenance(hour)?.scrapes ?? Number.POSITIVE_INFINITY);
  for (const stored of projects) {
    const now = batch.find(({ scope }) => formatScope(scope) === formatScope(stored.series.scope));
    now?.hours.forEach((hour, i) => {
      const before = stored.value("busyCpuSeconds", hour) + stored.value("idleCpuSeconds", hour);
      const after = at(now.busyCpuSeconds, i) + at(now.idleCpuSeconds, i);
      const by = stored.provenance(hour)?.model;
      if (hasAllScrapes(hour)) return;
      const shrink = ada.provenance(hour)?.scrapes === undefined ? OTHERWISE_MEASURED_SHRINK : SHRINK;
      const least = isTracked(by) ? TRACKED_SHRINK : by === model ? shrink : 0;
      if (least > 0 && before > 0 && !(after >= before * least)) shrunken.add(hour);
    });
  }
  return shrunken;
}

export function withoutHours(batch: readonly UsageSeries[], hours: ReadonlySet<FinishedHour>): UsageSeries[] {
  if (hours.size === 0) return [...batch];
  return batch.map((series) => {
    const rows = [...series.hours.keys()].filter((i) => {
      const hour = series.hours[i];
      return hour !== undefined && !hours.has(hour);
    });
    return pickRows(series, rows);
  });
}

/** Largest relative difference between `ada` and the sum over each kind that partitions it. */
export function conservationError(batch: readonly UsageSeries[]): number {
  const ada = batch.find(({ scope }) => scope.kind === "ada");
  if (ada === undefined) return 0;
  const index = new RowIndex(ada);
  let worst = 0;
  for (const kind of PARTITIONS) {
    const parts = batch.filter(({ scope }) => scope.kind === kind);
    if (parts.length === 0) continue;
    const rows = parts.map(({ hours }) => rowsOf(hours, index));
    for (const name of QUANTITIES) {
      const sum = new Float64Array(ada.hours.length);
      parts.forEach((part, p) => {
        addRows(sum, part[name], rows[p] ?? new Int32Array());
      });
      const wholes = ada[name];
      for (let t = 0; t < wholes.length; t++) {
        const [whole, parted] = [wholes[t] as number, sum[t] as number];
        const difference = Math.abs((Number.isNaN(whole) ? 0 : whole) - parted);
        if (difference > 0) worst = Math.max(worst, difference / Math.max(whole, parted));
      }
    }
  }
  return worst;
}

function rowsOf(hours: readonly FinishedHour[], index: RowIndex): Int32Array {
  const rows = new Int32Array(hours.length);
  // Written out: it sees every hour of every scope.
  for (let i = 0; i < rows.length; i++) rows[i] = index.row(hours[i] as FinishedHour) ?? -1;
  return rows;
}

/** Adds the values that are not missing to the rows that they belong to. */
function addRows(sum: Float64Array, values: Float64Array, rows: Int32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const row = rows[i] as number;
    if (!Number.isNaN(value)) sum[row] = (sum[row] as number) + value;
  }
}

export function inOrder(batch: readonly UsageSeries[]): UsageSeries[] {
  return batch
    .filter(({ hours }) => hours.length > 0)
    .sort((a, b) => ORDER.indexOf(a.scope.kind) - ORDER.indexOf(b.scope.kind));
}

export function spanOf(hours: readonly FinishedHour[]): Interval {
  return { from: hours[0] ?? 0, to: (hours.at(-1) ?? -HOUR_MS) + HOUR_MS };
}
