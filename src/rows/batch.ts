import type { FinishedHour } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { formatScope, type Scope } from "../usage/scope.js";
import { emptySeries, numberAt, rowsWhere, type UsageSeries } from "../usage/series.js";
import { VERSION } from "../usage/version.js";
import type { HostHours } from "./host-hours.js";
import { inWritingOrder, SPARSE_KINDS } from "./kinds.js";
import { NO_BASIS, provenanceTable } from "./provenance-table.js";
import { rowsOfScope, type StatusRules } from "./scope-rows.js";
import { everyScope, type ScopeChoice, sumsOfScopes } from "./scope-sums.js";
import type { ScopeSums } from "./scope-tally.js";

export interface BatchRules extends StatusRules {
  /** Whether there are experiments to tell apart, and whether hosts are scopes of their own. */
  readonly experiments: boolean;
  readonly hosts: boolean;
}

/** Rows to store, and the stored rows of kind `host` whose place they take. */
export interface Batch {
  readonly series: readonly UsageSeries[];
  readonly hostsBefore: readonly UsageSeries[];
}

/**
 * The rows of every scope for the hours of one answer. Rows stored earlier for scopes that no host belongs to any more
 * are replaced by zeros, so that the sums hold.
 *
 * @param always Scopes with a row in every hour: `ada` and the projects.
 * @param stored What is stored of the other scopes, by `formatScope`.
 */
export function batchOf(
  hosts: HostHours,
  always: readonly Scope[],
  stored: ReadonlyMap<string, UsageSeries>,
  rules: BatchRules,
): Batch {
  const earlier = [...stored.values()].map(({ scope }) => scope);
  // Hours that had experiments keep telling them apart: the rest of the time is then unattributed.
  const experiments = rules.experiments || earlier.some(({ kind }) => kind === "experiment");
  const choice = everyScope({ experiments, hosts: rules.hosts });
  const before = (scope: Scope): readonly FinishedHour[] => stored.get(formatScope(scope))?.hours ?? [];
  const series = rowsOfScopes(hosts, choice, [...always, ...earlier], rules, before);
  return { series, hostsBefore: [...stored.values()].filter(({ scope }) => scope.kind === "host") };
}

/**
 * The rows of the scopes that take these host-hours, in the order in which they are written. A scope of a sparse kind
 * has rows for the hours in which it had a part of a host, and for those that it had before.
 */
export function rowsOfScopes(
  hosts: HostHours,
  choice: ScopeChoice,
  always: readonly Scope[],
  rules: StatusRules,
  before: (scope: Scope) => readonly FinishedHour[] = () => [],
): UsageSeries[] {
  const provenances = provenanceTable();
  const all: UsageSeries[] = [];
  for (const sums of sumsOfScopes(hosts, choice, always)) {
    const rows = rowsOfScope(sums, hosts, rules, provenances);
    const stored = new Set(before(sums.scope));
    const isSparse = SPARSE_KINDS.includes(sums.scope.kind);
    all.push(isSparse ? rowsWhere(rows, (hour, t) => isUsed(sums, t) || stored.has(hour)) : rows);
  }
  return inWritingOrder(all);
}

/** Whether a scope had a part of a host in hour `t`. */
function isUsed({ columns }: ScopeSums, t: number): boolean {
  const used = numberAt(columns.busyCpuSeconds, t) + numberAt(columns.idleCpuSeconds, t);
  return used > 0 || numberAt(columns.expected, t) > 0;
}

/** Rows that say only that nothing was downloaded. */
export function notDownloaded(scopes: readonly Scope[], hours: readonly FinishedHour[]): UsageSeries[] {
  return inWritingOrder(scopes.map((scope) => emptySeries(scope, hours, { library: VERSION, ...NO_BASIS })));
}

/** The rows of `series` whose scope has a row of the same hour in `others`, where a scope may be more than once. */
export function rowsIn(series: readonly UsageSeries[], others: readonly UsageSeries[]): UsageSeries[] {
  const hoursOf = new Map<string, Set<number>>();
  for (const { scope, hours } of others) {
    const known = remembered(hoursOf, formatScope(scope), () => new Set());
    for (const hour of hours) known.add(hour);
  }
  return series.map((rows) => {
    const wanted = hoursOf.get(formatScope(rows.scope));
    return rowsWhere(rows, (hour) => wanted?.has(hour) === true);
  });
}

export function withoutHours(batch: readonly UsageSeries[], hours: ReadonlySet<FinishedHour>): UsageSeries[] {
  if (hours.size === 0) return [...batch];
  return batch.map((series) => rowsWhere(series, (hour) => !hours.has(hour)));
}
