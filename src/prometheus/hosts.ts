import type { Host } from "../usage/cpu.js";
import { UNATTRIBUTED } from "../usage/scope.js";
import type { Labels } from "./matrix.js";
import type { LabelNames } from "./queries.js";

/** Dense numbers (rows) for sets of host labels, in the order they are first met. */
export class HostTable {
  readonly hosts: Host[] = [];
  /** The rows of each instance: more than one where its labels changed. */
  readonly rowsOf: Map<string, number[]> = new Map();
  readonly #rows = new Map<string, number>();
  readonly #labels: LabelNames;

  constructor(labels: LabelNames) {
    this.#labels = labels;
  }

  /** Hosts without the label are one: there is nothing to tell them apart by. */
  instanceOf(series: Labels): string {
    return series[this.#labels.instance]?.toWellFormed() || UNATTRIBUTED;
  }

  /** The row of the host that a series is about. */
  add(series: Labels): number {
    // Half of a surrogate pair is no name that anything could store.
    const named = (label: string): string | null => series[label]?.toWellFormed() || null;
    const host: Host = {
      instance: this.instanceOf(series),
      project: named(this.#labels.project) ?? "",
      machine: named(this.#labels.machine),
      user: named(this.#labels.user),
    };
    const key = JSON.stringify([host.instance, host.project, host.machine, host.user]);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.hosts.push(host) - 1;
    this.#rows.set(key, row);
    const siblings = this.rowsOf.get(host.instance);
    if (siblings === undefined) this.rowsOf.set(host.instance, [row]);
    else siblings.push(row);
    return row;
  }
}
