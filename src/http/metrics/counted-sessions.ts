import type { CallOptions } from "../../stores/call-options.js";
import type { WorkspaceStore, WorkspaceTotals } from "../../stores/workspace-store.js";
import { remembered } from "../../usage/remembered.js";

/** What is counted of the sessions of a site. */
const COUNTED = ["busyKwh", "idleKwh", "busyGco2eq", "idleGco2eq", "unknownSeconds"] as const;
export type SessionCounts = Readonly<Record<(typeof COUNTED)[number], number>>;

export interface CountedSite {
  readonly site: string;
  readonly active: number;
  readonly counts: SessionCounts;
}

/**
 * What workspaces used since it was first asked, by site. The stored sums fall when ended sessions are pruned,
 * which no counter may: what they grow by is added up, and what they fall by is passed over.
 */
export class CountedSessions {
  readonly #sites = new Map<
    string,
    { readonly counts: Record<keyof SessionCounts, number>; last: SessionCounts }
  >();

  /** Sites in their order, each with 0 at first. */
  async read(
    store: WorkspaceStore,
    sites: readonly string[],
    now: number,
    options: CallOptions,
  ): Promise<CountedSite[]> {
    const all: CountedSite[] = [];
    for (const site of sites) {
      const totals = await store.totals(site, { from: 0, to: now + 1 }, options);
      all.push({ site, active: totals.active, counts: this.#grown(site, totals) });
    }
    return all;
  }

  #grown(site: string, totals: WorkspaceTotals): SessionCounts {
    const counts = { busyKwh: 0, idleKwh: 0, busyGco2eq: 0, idleGco2eq: 0, unknownSeconds: 0 };
    const known = remembered(this.#sites, site, () => ({ counts, last: withoutNull(totals, counts) }));
    // Grams that have no sum do not grow.
    const now = withoutNull(totals, known.last);
    for (const name of COUNTED) known.counts[name] += Math.max(0, now[name] - known.last[name]);
    known.last = now;
    return { ...known.counts };
  }
}

function withoutNull(totals: WorkspaceTotals, before: SessionCounts): SessionCounts {
  const { busyKwh, idleKwh, unknownSeconds } = totals;
  const busyGco2eq = totals.busyGco2eq ?? before.busyGco2eq;
  const idleGco2eq = totals.idleGco2eq ?? before.idleGco2eq;
  return { busyKwh, idleKwh, busyGco2eq, idleGco2eq, unknownSeconds };
}
