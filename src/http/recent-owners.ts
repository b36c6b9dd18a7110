import type { PartKind, Place } from "../reports/place.js";
import { UsageReader } from "../reports/usage-reader.js";
import type { UsageStore } from "../stores/usage-store.js";
import { Breaks } from "../usage/breaks.js";
import type { Interval } from "../usage/hour.js";
import { formatScope } from "../usage/scope.js";
import { type OwnerTotals, ownerTotals } from "./owner-totals.js";

/** Found together: what costs is to look at every hour of every host, whatever it is looked at for. */
const FOUND_TOGETHER: readonly PartKind[] = ["machine", "user", "group", "experiment"];
/** Kept so many times as long as reading took: reading the same again and again takes a twentieth of the time. */
const KEPT_TIMES = 20;
/** But no longer than this: what was corrected, or whom somebody had forgotten, is to be seen soon. */
const MOST_KEPT_MS = 10 * 60_000;
/** What was read within this (milliseconds) is read anew for whoever asks next. */
const QUICK_MS = 100;
/** So many lists are kept: a page shows a handful, for the time that is looked at and for the one before. */
const MOST_LISTS = 32;

type OwnersByKind = ReadonlyMap<PartKind, readonly OwnerTotals[]>;

/**
 * What the owners in a place used. For a large site that takes seconds of a processor, and every viewer of the page asks
 * for it: they all get what was read a moment ago. It is the same for everybody; what somebody may not see is taken out
 * of each reply.
 */
export class RecentOwners {
  readonly #usage: UsageStore;
  readonly #signal: AbortSignal | undefined;
  /** By place, time and kinds; the one that was read last is the last. */
  readonly #lists = new Map<string, { readonly owners: Promise<OwnersByKind>; keptUntil: number }>();

  constructor(usage: UsageStore, signal: AbortSignal | undefined) {
    this.#usage = usage;
    this.#signal = signal;
  }

  async of(place: Place, kind: PartKind, interval: Interval): Promise<readonly OwnerTotals[]> {
    const kinds = FOUND_TOGETHER.includes(kind) ? FOUND_TOGETHER : [kind];
    const key = JSON.stringify([place.map(formatScope).sort(), kinds, interval.from, interval.to]);
    const known = this.#lists.get(key);
    const isRecent = known !== undefined && performance.now() < known.keptUntil;
    const owners = isRecent ? known.owners : this.#reading(key, place, kinds, interval);
    return (await owners).get(kind) ?? [];
  }

  #reading(key: string, place: Place, kinds: readonly PartKind[], interval: Interval): Promise<OwnersByKind> {
    const begin = performance.now();
    const list = {
      owners: this.#read(place, kinds, interval),
      keptUntil: Number.POSITIVE_INFINITY,
    };
    const forget = (): void => {
      if (this.#lists.get(key) === list) this.#lists.delete(key);
    };
    list.owners.then(() => {
      const took = performance.now() - begin;
      if (took < QUICK_MS) forget();
      else list.keptUntil = performance.now() + Math.min(KEPT_TIMES * took, MOST_KEPT_MS);
    }, forget);
    this.#lists.delete(key);
    this.#lists.set(key, list);
    const [oldest] = this.#lists.keys();
    if (oldest !== undefined && this.#lists.size > MOST_LISTS) this.#lists.delete(oldest);
    return list.owners;
  }

  async #read(place: Place, kinds: readonly PartKind[], interval: Interval): Promise<OwnersByKind> {
    const reader = new UsageReader(this.#usage, { signal: this.#signal });
    const owners = new Map<PartKind, OwnerTotals[]>();
    const breaks = new Breaks();
    for (const [kind, found] of await reader.ownersOfKinds(place, kinds, interval)) {
      const totals: OwnerTotals[] = [];
      for (const series of found) {
        totals.push(ownerTotals(series, interval));
        await breaks.takeIfDue();
      }
      owners.set(kind, totals);
    }
    return owners;
  }
}
