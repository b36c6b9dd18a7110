import type { WorkspaceStore } from "../../stores/workspace-store.js";
import { Breaks } from "../../usage/breaks.js";
import { formatInstant, formatInstantOrNull } from "../../usage/hour.js";
import { RecentlyUsed } from "../../usage/recently-used.js";
import type { Grant } from "../access.js";
import type { ShownModels } from "../models.js";
import type { ListedWorkspaces } from "../workspaces/query.js";
import { Snapshot } from "../workspaces/snapshot.js";
import type { WorkspaceViews } from "../workspaces/views.js";
import { eventText, type HeartbeatEvent } from "./events.js";
import type { SharedText } from "./gzip.js";
import { MeasuringPace } from "./measuring-pace.js";
import { ShownList } from "./shown-list.js";

/** Somebody watching a site. What they may not have yet, as they have not read the last, they get next time. */
export interface Viewer {
  readonly query: ListedWorkspaces;
  readonly grant: Grant;
  /** After each look at the store, whether or not something changed. */
  look(list: ShownList): void;
  /** The version of what it was shown last. */
  readonly version: number | undefined;
  beat(heartbeat: SharedText): void;
  /** The store could not be asked; what was shown stands. */
  fail(trouble: SharedText): void;
  /** The service ends. */
  end(): void;
}

/** What all sites are watched with. */
export interface WatchOptions {
  readonly simulated: boolean;
  readonly models: ShownModels;
  readonly store: WorkspaceStore;
  readonly views: WorkspaceViews;
  readonly clock: () => number;
  readonly measuredEveryMs: number | undefined;
}

export interface SiteWatchOptions extends WatchOptions {
  readonly site: string;
  readonly everyMs: number;
  readonly heartbeatMs: number;
  /** Told once for each look that fails, however many watch. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * So many rows, of all lists together, are kept for viewers that come later and see the same. Lists that somebody
 * has on the screen stay in any case.
 */
const MOST_LISTED = 50_000;
/** The most viewers who are told before a break: the writes to their sockets come later, and are not measured. */
const TOLD_AT_ONCE = 20;

/** Looks at the store again and again for all viewers of a site, and tells each what it shows. */
export class SiteWatch {
  readonly viewers: Set<Viewer> = new Set();
  readonly #options: SiteWatchOptions;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  readonly #stopped = new AbortController();
  #snapshot: Snapshot | undefined;
  #lists = keptLists();
  /** Ids of lists are never those of another watch or process. */
  readonly #name = crypto.randomUUID();
  #listsMade = 0;
  readonly #pace: MeasuringPace;
  #lookedAt: number | null = null;
  /** The time of the last answer, by the monotonic clock. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #hasFailed = false;

  constructor(options: SiteWatchOptions) {
    this.#options = options;
    this.#pace = new MeasuringPace(options.measuredEveryMs);
    this.#timers = [
      setInterval(() => void this.#look(), options.everyMs),
      setInterval(() => void this.#beat(), options.heartbeatMs),
    ];
    void this.#look();
  }

  /** Whether the store answered when it was asked a moment ago; `undefined` if that is not known. */
  get isAnswered(): boolean | undefined {
    if (this.#hasFailed) return false;
    // A store that does not come back neither answers nor fails.
    const isRecent = performance.now() - this.#answeredAt < 2 * this.#options.everyMs;
    return isRecent ? true : undefined;
  }

  /** What the store said last, if it still answers. */
  get snapshot(): Snapshot | undefined {
    return this.isAnswered === true ? this.#snapshot : undefined;
  }

  /** A viewer that comes later gets what is known at once. */
  add(viewer: Viewer): void {
    this.viewers.add(viewer);
    if (this.#snapshot !== undefined) viewer.look(this.#listFor(viewer, this.#snapshot));
  }

  /** The heartbeat of now. */
  heartbeat(): SharedText {
    const { clock, heartbeatMs } = this.#options;
    const data: HeartbeatEvent = {
      at: formatInstant(clock()),
      everyMs: heartbeatMs,
      lookedAt: formatInstantOrNull(this.#lookedAt),
      countedUntil: formatInstantOrNull(this.#snapshot?.countedUntil ?? null),
      measuredEveryMs: this.#pace.everyMs,
    };
    return eventText("heartbeat", { data });
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopped.abort();
  }

  /** Never two at once: a slow store is asked less often. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#ask();
      await this.#each((viewer) => {
        const snapshot = this.#snapshot;
        if (snapshot !== undefined && viewer.version !== snapshot.version)
          viewer.look(this.#listFor(viewer, snapshot));
      });
    } catch (error) {
      if (!this.#stopped.signal.aborted) await this.#fail(error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #ask(): Promise<void> {
    const { store, site, views, clock } = this.#options;
    const sessions = await store.active(site, { signal: this.#stopped.signal });
    const at = clock();
    const before = this.#snapshot;
    this.#snapshot = await Snapshot.of(sessions, at, views, before);
    if (this.#snapshot !== before) this.#lists = keptLists();
    this.#pace.note(this.#snapshot.countedUntil);
    this.#lookedAt = at;
    this.#answeredAt = performance.now();
    this.#hasFailed = false;
  }

  async #fail(error: unknown): Promise<void> {
    this.#hasFailed = true;
    this.#options.onFailure(error);
    const trouble = eventText("trouble", { data: { at: formatInstant(this.#options.clock()) } });
    await this.#each((viewer) => viewer.fail(trouble));
  }

  async #beat(): Promise<void> {
    const heartbeat = this.heartbeat();
    await this.#each((viewer) => viewer.beat(heartbeat));
  }

  /** Viewers that have left in the meantime are passed over. */
  async #each(tell: (viewer: Viewer) => void): Promise<void> {
    const breaks = new Breaks(TOLD_AT_ONCE);
    for (const viewer of [...this.viewers]) {
      if (this.viewers.has(viewer)) tell(viewer);
      await breaks.takeIfDue();
    }
  }

  /** Viewers that see the same get the same object: which of the workspaces are shown as their own decides. */
  #listFor({ query, grant }: Viewer, snapshot: Snapshot): ShownList {
    const { site, simulated, models } = this.#options;
    const selection = snapshot.select(query, grant);
    const own = selection.rows.filter(({ isShown }) => isShown).map(({ row }) => row.session.id);
    const seen = grant === "all" ? "all" : own;
    const key = JSON.stringify([query.sort, query.offset, query.limit, query.search, selection.count, seen]);
    return this.#lists.get(key, () => {
      const id = `${this.#name}.${++this.#listsMade}`;
      return new ShownList(id, { site, simulated, models, offset: query.offset }, snapshot, selection);
    });
  }
}

function keptLists(): RecentlyUsed<ShownList> {
  return new RecentlyUsed(MOST_LISTED, ({ length }) => length + 1);
}
