import { withCheckedAnswers } from "../stores/checked-answers.js";
import { eachScope, readKind } from "../stores/read-kind.js";
import type { UsageStore } from "../stores/usage-store.js";
import type { Interval } from "../usage/hour.js";
import { NO_PROVENANCE } from "../usage/provenance.js";
import { remembered } from "../usage/remembered.js";
import { ADA, type Scope, type ScopeKind } from "../usage/scope.js";
import { emptySeries, type UsageSeries } from "../usage/series.js";
import { windowsOf } from "./windows.js";

/** Scopes that are fewer than this part of all of their kind are read one by one, others together. */
const READ_APART = 4;
/** So few are read by themselves, however many there are: to list these may take longer. */
const FEW = 8;

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
    this.#store = withCheckedAnswers(store);
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

  /** The series of these names, in their order. */
  async readNamed(kind: ScopeKind, names: readonly string[], interval: Interval): Promise<UsageSeries[]> {
    const scopes = names.map((name): Scope => ({ kind, name }));
    if (names.length <= FEW || names.length * READ_APART < (await this.scopes(kind)).length)
      return eachScope(scopes, (scope) => this.read(scope, interval));
    const all = kind === "host" ? await this.#allHosts(interval) : await this.readKind(kind, interval);
    const found = new Map(all.map((series) => [series.scope.name, series]));
    return scopes.map((scope) => found.get(scope.name) ?? emptySeries(scope, [], NO_PROVENANCE));
  }

  /** The series of hosts that have rows in the interval, of these names only where some are given. */
  async readHosts(interval: Interval, names?: ReadonlySet<string>): Promise<UsageSeries[]> {
    if (names === undefined) return this.#allHosts(interval);
    const series = await this.readNamed("host", [...names], interval);
    return series.filter(({ hours }) => hours.length > 0);
  }

  /** Hosts with their rows, window by window of the interval, so that no more are in memory than fit. */
  async eachWindow(
    interval: Interval,
    names: ReadonlySet<string> | undefined,
    look: (hosts: readonly UsageSeries[], window: Interval) => Promise<void>,
  ): Promise<void> {
    const { length } = names === undefined ? await this.scopes("host") : [...names];
    for (const window of windowsOf(interval, length)) await look(await this.readHosts(window, names), window);
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
