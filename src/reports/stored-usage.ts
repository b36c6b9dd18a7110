import { eachScope, readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import { Breaks } from "../usage/breaks.js";
import type { Interval } from "../usage/hour.js";
import { remembered } from "../usage/remembered.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import type { UsageSeries } from "../usage/series.js";
import { windowsOf } from "./windows.js";

/**
 * Rows as a store has them, for one report: `ada` and all hosts are read once for an interval, as an explanation wants
 * them by machine type and by host, and what scopes there are once.
 */
export class StoredUsage {
  readonly #store: UsageStore;
  readonly #signal: AbortSignal | undefined;
  readonly #scopes = new Map<ScopeKind, Promise<Scope[]>>();
  #ada: Kept<UsageSeries> | undefined;
  #hosts: Kept<UsageSeries[]> | undefined;

  constructor(store: UsageStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  scopes(kind: ScopeKind): Promise<Scope[]> {
    return remembered(this.#scopes, kind, () => this.#store.scopes(kind, { signal: this.#signal }));
  }

  read(scope: Scope, interval: Interval): Promise<UsageSeries> {
    return this.#store.read(scope, interval, { signal: this.#signal });
  }

  ada({ from, to }: Interval): Promise<UsageSeries> {
    if (this.#ada?.from !== from || this.#ada.to !== to)
      this.#ada = { from, to, series: this.read(ADA, { from, to }) };
    return this.#ada.series;
  }

  /** Every series of a kind that has rows in the interval. */
  readKind(kind: ScopeKind, interval: Interval): Promise<UsageSeries[]> {
    return readKind(this.#store, kind, interval, { signal: this.#signal });
  }

  /** The series of hosts that have rows in the interval, of these names only where some are given. */
  async readHosts(interval: Interval, names?: ReadonlySet<string>): Promise<UsageSeries[]> {
    if (names === undefined) return this.#allHosts(interval);
    const scopes = [...names].map((name): Scope => ({ kind: "host", name }));
    const series = await eachScope(scopes, (scope) => this.read(scope, interval));
    return series.filter(({ hours }) => hours.length > 0);
  }

  /** Has a look at the hosts that have rows in the interval, window by window if all of them do not fit into memory. */
  async eachHost(
    interval: Interval,
    names: ReadonlySet<string> | undefined,
    look: (host: UsageSeries) => void,
  ): Promise<void> {
    const { length } = names === undefined ? await this.scopes("host") : [...names];
    const breaks = new Breaks();
    for (const window of windowsOf(interval, length)) {
      for (const host of await this.readHosts(window, names)) {
        look(host);
        await breaks.takeIfDue();
      }
    }
  }

  #allHosts({ from, to }: Interval): Promise<UsageSeries[]> {
    if (this.#hosts?.from !== from || this.#hosts.to !== to)
      this.#hosts = { from, to, series: this.readKind("host", { from, to }) };
    return this.#hosts.series;
  }
}

/** What was read last, and for which interval. */
interface Kept<Series> extends Interval {
  readonly series: Promise<Series>;
}
