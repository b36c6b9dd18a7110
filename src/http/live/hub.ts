import type { WorkspaceSession, WorkspaceStore } from "../../stores/workspace-store.js";
import type { LiveOptions } from "../options.js";
import { tooManyViewers } from "../problem.js";

/** {@link LiveOptions}, all of them there. */
export type LiveLimits = { readonly [Name in keyof LiveOptions]-?: number };

/** What the store said last about a site. */
export interface Snapshot {
  /** Grows by one each time something is different. 0 is before the first look. */
  readonly version: number;
  readonly at: number;
  readonly sessions: readonly WorkspaceSession[];
  /** What differs from the version before. */
  readonly changed: readonly WorkspaceSession[];
  readonly gone: readonly WorkspaceSession[];
}

/** Somebody watching a site. */
export interface Viewer {
  /** After each look at the store, whether or not something changed. */
  look(snapshot: Snapshot): void;
  /** The store could not be asked; the snapshot stands. */
  fail(error: unknown): void;
  /** The service ends. */
  end(): void;
}

/** Looks at the store once for all viewers of a site, and only while there are any. */
export class LiveHub {
  readonly limits: LiveLimits;
  readonly #store: WorkspaceStore;
  readonly #clock: () => number;
  readonly #sites = new Map<string, SiteWatch>();
  #viewers = 0;

  constructor(
    store: WorkspaceStore,
    clock: () => number,
    options: LiveOptions,
    signal: AbortSignal | undefined,
  ) {
    const {
      everyMs = 5000,
      heartbeatMs = 8000,
      maxConnections = 200,
      stalledMs = 60_000,
      maxAgeMs = 3_600_000,
    } = options;
    this.limits = { everyMs, heartbeatMs, maxConnections, stalledMs, maxAgeMs };
    this.#store = store;
    this.#clock = clock;
    signal?.addEventListener("abort", () => {
      for (const watch of this.#sites.values()) for (const viewer of [...watch.viewers]) viewer.end();
    });
  }

  /** How many connections are open. */
  get viewers(): number {
    return this.#viewers;
  }

  /** Starts to tell a viewer; the function returned ends it. 503 when too many are watching. */
  watch(site: string, viewer: Viewer): () => void {
    const { maxConnections, everyMs } = this.limits;
    if (this.#viewers >= maxConnections) throw tooManyViewers(maxConnections);
    this.#viewers++;
    let watch = this.#sites.get(site);
    if (watch === undefined) {
      watch = new SiteWatch(site, this.#store, this.#clock, everyMs);
      this.#sites.set(site, watch);
    }
    watch.add(viewer);
    return () => {
      if (watch.viewers.delete(viewer)) this.#viewers--;
      if (watch.viewers.size > 0) return;
      watch.stop();
      this.#sites.delete(site);
    };
  }
}

class SiteWatch {
  readonly viewers = new Set<Viewer>();
  readonly #site: string;
  readonly #store: WorkspaceStore;
  readonly #clock: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stopped = new AbortController();
  #snapshot: Snapshot = { version: 0, at: 0, sessions: [], changed: [], gone: [] };
  #texts = new Map<string, string>();
  #isLooking = false;

  constructor(site: string, store: WorkspaceStore, clock: () => number, everyMs: number) {
    this.#site = site;
    this.#store = store;
    this.#clock = clock;
    this.#timer = setInterval(() => void this.#look(), everyMs);
    void this.#look();
  }

  /** A viewer that comes later gets what is known at once. */
  add(viewer: Viewer): void {
    this.viewers.add(viewer);
    if (this.#snapshot.version > 0) viewer.look(this.#snapshot);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }

  /** Never two at once: a slow store is asked less often. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { signal } = this.#stopped;
      this.#snapshot = this.#next(await this.#store.active(this.#site, { signal }));
      for (const viewer of [...this.viewers]) viewer.look(this.#snapshot);
    } catch (error) {
      if (!this.#stopped.signal.aborted) for (const viewer of [...this.viewers]) viewer.fail(error);
    } finally {
      this.#isLooking = false;
    }
  }

  #next(sessions: readonly WorkspaceSession[]): Snapshot {
    const texts = new Map(sessions.map((session) => [session.id, JSON.stringify(session)]));
    const changed = sessions.filter(({ id }) => texts.get(id) !== this.#texts.get(id));
    const gone = this.#snapshot.sessions.filter(({ id }) => !texts.has(id));
    this.#texts = texts;
    const { version } = this.#snapshot;
    const isSame = version > 0 && changed.length === 0 && gone.length === 0;
    return { version: isSame ? version : version + 1, at: this.#clock(), sessions, changed, gone };
  }
}
