import { keepPruned } from "../averages/keep.js";
import type { AverageStore } from "../stores/average-store.js";
import type { CallOptions } from "../stores/call-options.js";
import { withCheckedAnswers } from "../stores/checked-answers.js";
import { AVERAGE_STORE, USAGE_STORE, WORKSPACE_STORE } from "../stores/port-rules.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { WorkspaceStore } from "../stores/workspace-store.js";
import { EVER, type Hour, hourOf } from "../usage/hour.js";
import { type Instant, instantOf } from "../usage/instant.js";
import { ANYTHING, assertOptions, FLAG, optional, type Rules, SIGNAL } from "../usage/options.js";
import { SCOPE_KINDS, type Scope } from "../usage/scope.js";

/** How long hours are kept unless told otherwise: a year. */
export const KEEP_DAYS = 365;

export interface PruneOptions extends CallOptions {
  readonly store: UsageStore;
  /** Keep what they have learnt of the hours that go. */
  readonly averages?: AverageStore | undefined;
  /** Sessions that ended before go as well: they say who used what. */
  readonly workspaces?: WorkspaceStore | undefined;
  /** Rows of hours that start before this instant go. */
  readonly before: Instant;
  /** Say what would go, and remove nothing. */
  readonly dryRun?: boolean | undefined;
}

const PRUNE_OPTIONS: Rules<PruneOptions> = {
  store: USAGE_STORE,
  averages: optional(AVERAGE_STORE),
  workspaces: optional(WORKSPACE_STORE),
  before: ANYTHING,
  dryRun: optional(FLAG),
  signal: optional(SIGNAL),
};

/** What {@link prune} removed, or would remove. */
export interface PruneReport {
  readonly before: Hour;
  readonly dryRun: boolean;
  /** Rows that go, and the scopes they are of. */
  readonly rows: number;
  readonly scopes: number;
  /** Sessions that go; `null` without a store of them, and in a dry run of one that cannot count them. */
  readonly sessions: number | null;
  /** Start of the oldest of them; `null` if there is none. */
  readonly oldest: Hour | null;
}

/**
 * Removes old hours of every scope, and old sessions. Nothing else ever deletes anything. What is interrupted can be run again.
 * Averages that are handed in keep what they have learnt.
 */
export async function prune(options: PruneOptions): Promise<PruneReport> {
  assertOptions("prune", options, PRUNE_OPTIONS);
  const checked = { ...options, store: withCheckedAnswers(options.store) };
  const { store, averages, signal, dryRun = false } = checked;
  const before = hourOf(instantOf(checked.before, "before"));
  const old = { ...EVER, to: before };
  const unlock = dryRun ? undefined : await store.lock?.({ signal });
  try {
    const gone: Scope[] = [];
    let rows = 0;
    let oldest: Hour | null = null;
    for (const kind of SCOPE_KINDS) {
      for (const scope of await store.scopes(kind, { signal })) {
        const { hours } = await store.read(scope, old, { signal });
        const [first] = hours;
        if (first === undefined) continue;
        gone.push(scope);
        rows += hours.length;
        oldest = oldest === null || first < oldest ? first : oldest;
      }
    }
    if (!dryRun && gone.length > 0) {
      if (averages !== undefined) await keepPruned(store, averages, before, { signal });
      await store.remove(gone, old, { signal });
    }
    const { workspaces } = checked;
    const ended = dryRun ? workspaces?.countEnded : workspaces?.removeEnded;
    const sessions = (await ended?.call(workspaces, before, { signal })) ?? null;
    return { before, dryRun, rows, scopes: gone.length, sessions, oldest };
  } finally {
    await unlock?.();
  }
}
