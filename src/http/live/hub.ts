import type { LiveOptions } from "../options.js";
import { tooManyOfOneClient, tooManyViewers } from "../problem.js";
import type { Snapshot } from "../workspaces/snapshot.js";
import { SiteWatch, type SiteWatchOptions, type Viewer, type WatchOptions } from "./site-watch.js";

/** {@link LiveOptions}, all of them there. */
export type LiveLimits = { readonly [Name in keyof LiveOptions]-?: number };

interface HubOptions extends WatchOptions {
  readonly limits: LiveOptions;
  readonly signal: AbortSignal | undefined;
}

/** Somebody who watches. */
export interface Watching {
  readonly watch: SiteWatch;
  leave(): void;
}

/** Looks at the store once for all viewers of a site, and only while there are any. */
export class LiveHub {
  readonly limits: LiveLimits;
  readonly #options: HubOptions;
  readonly #places: Places;
  readonly #sites = new Map<string, SiteWatch>();

  constructor(options: HubOptions) {
    const {
      everyMs = 5000,
      heartbeatMs = 8000,
      maxConnections = 2500,
      maxPerClient = 50,
      stalledMs = 60_000,
      maxAgeMs = 3_600_000,
    } = options.limits;
    this.limits = { everyMs, heartbeatMs, maxConnections, maxPerClient, stalledMs, maxAgeMs };
    this.#options = options;
    this.#places = new Places(maxConnections, maxPerClient);
    options.signal?.addEventListener("abort", () => {
      for (const watch of this.#sites.values()) for (const viewer of [...watch.viewers]) viewer.end();
    });
  }

  /** Whether the store answered for a site that is being watched when it was last asked. */
  isAnswered(site: string): boolean | undefined {
    return this.#sites.get(site)?.isAnswered;
  }

  /** What the store said a moment ago of a site that is being watched: nobody has to read it again. */
  snapshot(site: string): Snapshot | undefined {
    return this.#sites.get(site)?.snapshot;
  }

  /** Starts to tell a viewer. 429 or 503 when too many are watching. */
  watch(
    site: string,
    client: string | null,
    viewer: Viewer,
    onFailure: SiteWatchOptions["onFailure"],
  ): Watching {
    const giveBack = this.#places.take(client);
    const watch = this.#sites.get(site) ?? this.#open(site, onFailure);
    const leave = (): void => {
      giveBack();
      watch.viewers.delete(viewer);
      if (watch.viewers.size > 0) return;
      watch.stop();
      if (this.#sites.get(site) === watch) this.#sites.delete(site);
    };
    try {
      watch.add(viewer);
    } catch (error) {
      leave();
      throw error;
    }
    return { watch, leave };
  }

  #open(site: string, onFailure: SiteWatchOptions["onFailure"]): SiteWatch {
    const watch = new SiteWatch({ ...this.#options, ...this.limits, site, onFailure });
    this.#sites.set(site, watch);
    return watch;
  }
}

/** Places of viewers who watch: their number is limited in all, and for each client. */
class Places {
  readonly #most: number;
  readonly #mostPerClient: number;
  readonly #byClient = new Map<string, number>();
  #taken = 0;

  constructor(most: number, mostPerClient: number) {
    this.#most = most;
    this.#mostPerClient = mostPerClient;
  }

  /** Takes a place; the function returned gives it back. 429 for a client that has enough, 503 when there is none. */
  take(client: string | null): () => void {
    const own = client === null ? 0 : (this.#byClient.get(client) ?? 0);
    if (own >= this.#mostPerClient) throw tooManyOfOneClient(this.#mostPerClient);
    if (this.#taken >= this.#most) throw tooManyViewers(this.#most);
    this.#taken++;
    if (client !== null) this.#byClient.set(client, own + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken--;
      if (client === null) return;
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left > 0) this.#byClient.set(client, left);
      else this.#byClient.delete(client);
    };
  }
}
