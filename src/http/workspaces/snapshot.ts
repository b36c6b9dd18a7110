import { sumSessions } from "../../stores/session-sums.js";
import type { WorkspaceSession, WorkspaceTotals } from "../../stores/workspace-store.js";
import { Breaks } from "../../usage/breaks.js";
import { byCodeUnit } from "../../usage/code-units.js";
import { RecentlyUsed } from "../../usage/recently-used.js";
import { type Grant, maySeeOwner } from "../access.js";
import type { RecentPower } from "../recent-use.js";
import type { ListedWorkspaces, WorkspaceOrder } from "./query.js";
import { looksTheSame, WorkspaceRow } from "./row.js";
import type { WorkspaceViews } from "./views.js";

/** A workspace in somebody's list. */
export interface ListedRow {
  readonly row: WorkspaceRow;
  /** Whether its owner is shown to this viewer. */
  readonly isShown: boolean;
  /** Whether it is the viewer's own, as far as the grant tells: one who sees everybody has none here. */
  readonly isMine: boolean;
}

/** What one viewer sees of a snapshot. */
export interface Selection {
  /** How many workspaces there are for this viewer's search, listed or not. */
  readonly count: number;
  readonly rows: readonly ListedRow[];
}

/** What a site takes now. */
export interface SiteWatts {
  /** `null` while no workspace has been measured twice. */
  readonly busyWatts: number | null;
  readonly idleWatts: number | null;
  /** How many workspaces these watts are of. */
  readonly workspaces: number;
}

/** How many workspaces of all orders and searches together are kept: a hundred times ten thousand. */
const MOST_FOUND = 1_000_000;

/**
 * The active workspaces of a site as the store had them at one time. What many viewers need (an order, what a
 * search finds) is worked out once, and goes with the snapshot.
 */
export class Snapshot {
  /** Grows by one each time something is different. */
  readonly version: number;
  readonly at: number;
  readonly rows: readonly WorkspaceRow[];
  readonly totals: WorkspaceTotals;
  readonly now: SiteWatts;
  readonly #found = new RecentlyUsed<readonly WorkspaceRow[]>(MOST_FOUND, (rows) => rows.length + 1);
  #byUser: ReadonlyMap<string | null, WorkspaceRow[]> | undefined;

  private constructor(at: number, rows: readonly WorkspaceRow[], now: SiteWatts, version: number) {
    this.at = at;
    this.rows = rows;
    this.now = now;
    this.version = version;
    this.totals = sumSessions(rows.map(({ session }) => session));
  }

  /**
   * What the store has just said; `before` itself if nobody could tell them apart. Made in slices: ten thousand
   * workspaces take longer than anybody else should wait.
   */
  static async of(
    sessions: readonly WorkspaceSession[],
    at: number,
    views: WorkspaceViews,
    before?: Snapshot,
  ): Promise<Snapshot> {
    const known = new Map(before?.rows.map((row) => [row.session.id, row]));
    let isSame = sessions.length === before?.rows.length;
    const rows: WorkspaceRow[] = [];
    let now: SiteWatts = { busyWatts: null, idleWatts: null, workspaces: 0 };
    const breaks = new Breaks();
    for (const session of sessions) {
      const row = known.get(session.id);
      const isRowSame = row !== undefined && looksTheSame(row.session, session);
      isSame &&= isRowSame;
      rows.push(isRowSame ? row : new WorkspaceRow(session, views, row));
      const power = views.powerOf(session);
      if (power !== null) now = withPower(now, power);
      await breaks.takeIfDue();
    }
    return isSame && before !== undefined ? before : new Snapshot(at, rows, now, (before?.version ?? 0) + 1);
  }

  /** The newest time up to which the tracker has counted any of them; `null` if there is none. */
  get countedUntil(): number | null {
    const newest = this.rows.reduce((most, { session }) => Math.max(most, session.countedUntil), -1);
    return newest < 0 ? null : newest;
  }

  select({ sort, search, limit, offset }: ListedWorkspaces, grant: Grant): Selection {
    const open = this.#find(sort, search, grant === "all");
    // A search finds by user and host only what the viewer may see of them.
    const own = grant === "all" || search === "" ? [] : this.#ownOf(grant);
    const more = own.filter((row) => row.has(search, true) && !row.has(search, false));
    const end = offset + limit;
    const all = more.length === 0 ? open : [...open.slice(0, end), ...more].sort(ORDERS[sort]);
    const rows = all.slice(offset, end);
    return {
      count: open.length + more.length,
      rows: rows.map((row) => {
        const isShown = maySeeOwner(grant, row.session.user);
        return { row, isShown, isMine: isShown && grant !== "all" };
      }),
    };
  }

  /** What a search finds for everybody, or for who sees all, in order. */
  #find(sort: WorkspaceOrder, search: string, seesAll: boolean): readonly WorkspaceRow[] {
    if (search === "") return this.#found.get(sort, () => [...this.rows].sort(ORDERS[sort]));
    return this.#found.get(JSON.stringify([sort, search, seesAll]), () =>
      this.#find(sort, "", seesAll).filter((row) => row.has(search, seesAll)),
    );
  }

  #ownOf(users: ReadonlySet<string>): WorkspaceRow[] {
    this.#byUser ??= Map.groupBy(this.rows, ({ session }) => session.user);
    return [...users].flatMap((user) => this.#byUser?.get(user) ?? []);
  }
}

function withPower(now: SiteWatts, { busyWatts, idleWatts }: RecentPower): SiteWatts {
  return {
    busyWatts: (now.busyWatts ?? 0) + busyWatts,
    idleWatts: (now.idleWatts ?? 0) + idleWatts,
    workspaces: now.workspaces + 1,
  };
}

type Compare = (a: WorkspaceRow, b: WorkspaceRow) => number;

/** Of those that are equal in it, the order of the store decides: by start, then id. */
const ORDERS: Readonly<Record<WorkspaceOrder, Compare>> = {
  energy: (a, b) => b.session.busyKwh + b.session.idleKwh - (a.session.busyKwh + a.session.idleKwh),
  idle: (a, b) => b.session.idleKwh - a.session.idleKwh,
  carbon: (a, b) =>
    b.session.busyGco2eq + b.session.idleGco2eq - (a.session.busyGco2eq + a.session.idleGco2eq),
  newest: (a, b) => b.session.startedAt - a.session.startedAt,
  oldest: (a, b) => a.session.startedAt - b.session.startedAt,
  machine: (a, b) => byCodeUnit(a.session.machine ?? "", b.session.machine ?? ""),
};
