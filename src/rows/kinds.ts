import type { ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";

/** Kinds that only have rows for hours in which one of their hosts was up. */
export const SPARSE_KINDS: readonly ScopeKind[] = ["host", "experiment", "user", "machine", "group"];

/** The order of writing. `ada` is written last: if its row exists, the rows of all other scopes exist. */
const WRITING_ORDER: readonly ScopeKind[] = [...SPARSE_KINDS, "project", "ada"];

/** The kinds each of which sums to `ada`, where there are any. */
export const PARTITIONS: readonly ScopeKind[] = ["project", ...SPARSE_KINDS];

/** The series that have rows, in the order of writing. */
export function inWritingOrder(series: readonly UsageSeries[]): UsageSeries[] {
  return series
    .filter(({ hours }) => hours.length > 0)
    .sort((a, b) => WRITING_ORDER.indexOf(a.scope.kind) - WRITING_ORDER.indexOf(b.scope.kind));
}
